"""How it is with Slack, for `app.py doctor`: the tokens, what they may do, and the socket."""

from slack_sdk.errors import SlackApiError

from adapters.slack.installations import SCOPES, Line, NotInstalledError, Workspaces
from bot.chat.ports import Finding

MOST_LOOKED_AT = 50  # workspaces


async def look_at(workspaces: Workspaces, line: Line, app_token: str) -> list[Finding]:
    """Return what was found, one line for each workspace and one for Socket Mode."""
    tenants = await workspaces.tenants()
    findings = [await _workspace(tenant, workspaces) for tenant in tenants[:MOST_LOOKED_AT]]
    if not tenants:
        findings.append(Finding("Slack", good=True, say="No workspace yet. Open /slack/install to add the first one."))
    if len(tenants) > MOST_LOOKED_AT:
        say = f"{len(tenants)} workspaces are installed; the first {MOST_LOOKED_AT} were looked at."
        findings.append(Finding("Slack", good=True, say=say))
    if app_token:
        findings.append(await _socket(line, app_token))
    return findings


async def _workspace(tenant: str, workspaces: Workspaces) -> Finding:
    what = f"Slack workspace {tenant}".rstrip()
    try:
        answer = await (await workspaces.client(tenant)).auth_test()
    except NotInstalledError:
        return Finding(what, good=False, say="The app is not installed there any more.")
    except Exception as error:  # noqa: BLE001 - whatever it was is what was found
        return Finding(what, good=False, say=_trouble(error, "SLACK_BOT_TOKEN"))
    named = f"{what or 'Slack'} {answer.get('team_id') or ''}".rstrip() if not tenant else what
    granted = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    if granted and (missing := [scope for scope in SCOPES if scope not in granted]):
        say = (
            f"These scopes are missing: {', '.join(missing)}. Add them under OAuth & Permissions and install it again."
        )
        return Finding(named, good=False, say=say)
    if granted and (spare := sorted(granted - set(SCOPES))):
        return Finding(named, good=True, say=f"Connected. These scopes are not needed and can go: {', '.join(spare)}.")
    return Finding(named, good=True, say="Connected, with the scopes that are needed.")


async def _socket(line: Line, app_token: str) -> Finding:
    try:
        await line.client().apps_connections_open(app_token=app_token)
    except Exception as error:  # noqa: BLE001 - whatever it was is what was found
        return Finding("Slack Socket Mode", good=False, say=_trouble(error, "SLACK_APP_TOKEN"))
    return Finding("Slack Socket Mode", good=True, say="A connection can be opened.")


def _trouble(error: Exception, setting: str) -> str:
    data = getattr(error.response, "data", None) if isinstance(error, SlackApiError) else None
    code = data.get("error") if isinstance(data, dict) else ""
    if code:
        return f"Slack says {code}. Look at {setting}: is it this app’s, is the app still installed, is it complete?"
    return f"Slack cannot be reached ({type(error).__name__}). Look at SLACK_API_URL, the network and the proxy."
