# The bot as an image: docker build -t speedmentor . See docs/operating.md.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app

# First what changes seldom: every package pinned and checked by hash, none built from source
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: --requirement requirements.lock

COPY LICENSE app.py ./
COPY bot ./bot
COPY adapters ./adapters
COPY scheduling ./scheduling

# The program belongs to root and cannot change itself; the user it runs as can write to /data only
RUN python -m compileall -q . \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin speedmentor \
    && install --directory --owner speedmentor --group speedmentor --mode 0700 /data
USER speedmentor

# Without other settings: one bot on a SQLite file in a volume. Set SPEEDMENTOR_DATABASE for PostgreSQL
ENV SPEEDMENTOR_DATABASE=sqlite:////data/speedmentor.sqlite \
    SPEEDMENTOR_HOST=0.0.0.0 \
    SPEEDMENTOR_PORT=3978
VOLUME ["/data"]
EXPOSE 3978

HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['SPEEDMENTOR_PORT'] + '/healthz', timeout=4)"]

STOPSIGNAL SIGTERM
CMD ["python", "app.py", "serve"]
