"""Over 200 texts that run something where a page is careless; each would call `alert`, which the tests watch."""

from __future__ import annotations

CALLS = ("alert(1)", "alert`1`", "window.alert(1)", "top['al'+'ert'](1)")

ELEMENTS = (
    "<script>{}</script>",
    "<script >{}</script >",
    "<SCRIPT>{}</SCRIPT>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<script\x0c>{}</script>",
    "<script/x>{}</script>",
    "<script\n>{}\n</script>",
    "<svg><script>{}</script></svg>",
    "<svg onload={}>",
    "<svg/onload={}>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><set onbegin={} attributeName=x>",
    "<img src=x onerror={}>",
    "<img src=x: onerror={}>",
    "<img/src=x/onerror={}>",
    "<IMG SRC=x oNeRrOr={}>",
    "<img src='x' onerror='{}'>",
    '<img src="x" onerror="{}">',
    "<img srcset=x onerror={}>",
    "<image src=x onerror={}>",
    "<body onload={}>",
    "<body onpageshow={}>",
    "<input autofocus onfocus={}>",
    "<select autofocus onfocus={}>",
    "<textarea autofocus onfocus={}>",
    "<keygen autofocus onfocus={}>",
    "<video><source onerror={}></video>",
    "<video src=x onerror={}></video>",
    "<audio src=x onerror={}>",
    "<details open ontoggle={}>",
    "<iframe src=javascript:{}></iframe>",
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    "<iframe onload={}></iframe>",
    "<object data=javascript:{}></object>",
    "<embed src=javascript:{}>",
    "<math><mtext><script>{}</script></mtext></math>",
    "<marquee onstart={}>x</marquee>",
    "<a href=javascript:{}>x</a>",
    "<form action=javascript:{}><button autofocus>x</button></form>",
    "<button formaction=javascript:{} autofocus>x</button>",
    "<isindex action=javascript:{}>",
    "<link rel=import href=data:text/html,{}>",
    "<base href=javascript:{}//>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<style onload={}></style>",
    "<style>@import 'javascript:{}';</style>",
    "<div style='background:url(javascript:{})'>x</div>",
    "<p onmouseover={} style=position:fixed;inset:0>x</p>",
    "<table background=javascript:{}>",
    "<template><script>{}</script></template><script>{}</script>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<xmp><p title='</xmp><svg/onload={}>'>",
    "<title></title><script>{}</script>",
    "<textarea></textarea><script>{}</script>",
)

BREAKOUTS = (
    '"><script>{}</script>',
    "'><script>{}</script>",
    '" onfocus={} autofocus x="',
    "' onfocus={} autofocus x='",
    '" onmouseover="{}',
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</script><script>{}</script>",
    "--><script>{}</script>",
    "]]><script>{}</script>",
    "*/{}/*",
    "');{}//",
    '");{}//',
    "`;{}//",
    "${{{}}}",
    "{{{{{}}}}}",
    "{{% print({}) %}}",
    "#{{{}}}",
    "<%= {} %>",
    "javascript:{}",
    "JaVaScRiPt:{}",
    "java\tscript:{}",
    "\x01javascript:{}",
    "data:text/html,<script>{}</script>",
    "</summary></details><script>{}</script>",
    "</bdi><script>{}</script>",
    "</blockquote><svg onload={}>",
    "</mark><svg onload={}>",
    "</pre><svg onload={}>",
    "</svg><svg onload={}>",
    "\u2028<script>{}</script>",
    "\u202e<script>{}</script>",
    "＜script＞{}＜/script＞",
    "+ADw-script+AD4-{}+ADw-/script+AD4-",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;script&#62;{}&#60;/script&#62;",
    "%3Cscript%3E{}%3C/script%3E",
    "\\x3cscript\\x3e{}\\x3c/script\\x3e",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "<\x00script>{}</script>",
    "<!--<img src='--><img src=x onerror={}>'>",
    "<![CDATA[<script>{}</script>]]>",
    "<?xml version='1.0'?><script>{}</script>",
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={} )//</stYle/</titLe/</teXtarEa/</scRipt"
    "/--!>\\x3csVg/<sVg/oNloAd={}//>\\x3e",
    "http://x/?q=<script>{}</script>",
    "user&token=1#<svg onload={}>",
    "../../<script>{}</script>",
    "a\r\nSet-Cookie: x=1\r\n\r\n<script>{}</script>",
)


def _filled(template: str, call: str) -> str:
    places = template.count("{}")
    try:
        return template.format(*[call] * max(1, places))
    except (IndexError, KeyError, ValueError):
        return template.replace("{}", call)


def texts() -> list[str]:
    """All of them, each once."""
    found = [_filled(template, CALLS[0]) for template in (*ELEMENTS, *BREAKOUTS)]
    for place, template in enumerate((*ELEMENTS, *BREAKOUTS)):
        found.append(_filled(template, CALLS[1 + place % 3]))
    found += [f"I love {text} and my name is {text}" for text in found[:20]]
    return list(dict.fromkeys(found))
