"""The report's look: two palettes of the same names, and the sheet that uses them."""

from __future__ import annotations

from collections.abc import Mapping

SERIES = 8
"""How many colours tell series apart; further ones have other marks."""

LIGHT: Mapping[str, str] = {
    "page": "#fbfaf7",
    "card": "#ffffff",
    "band": "#f3f1ea",
    "ink": "#1b1d22",
    "soft": "#565b66",
    "line": "#d9d5ca",
    "grid": "#e6e3da",
    "accent": "#1d4fa3",
    "alert": "#8a2a1c",
    "alert-card": "#fdf0ec",
    "series-1": "#1f5fbf",
    "series-2": "#b3560b",
    "series-3": "#1d7a46",
    "series-4": "#7a3fb5",
    "series-5": "#b3262e",
    "series-6": "#0b7285",
    "series-7": "#b02a7a",
    "series-8": "#6b6a1d",
}
DARK: Mapping[str, str] = {
    "page": "#14161a",
    "card": "#1b1e24",
    "band": "#242830",
    "ink": "#eceae4",
    "soft": "#a9afba",
    "line": "#3a404b",
    "grid": "#2c313a",
    "accent": "#93bbff",
    "alert": "#ffb3a3",
    "alert-card": "#33201c",
    "series-1": "#7fb0ff",
    "series-2": "#ffb066",
    "series-3": "#6fd19a",
    "series-4": "#c6a0ff",
    "series-5": "#ff8f8f",
    "series-6": "#66d0e0",
    "series-7": "#ff9ed2",
    "series-8": "#d3d06a",
}


def sheet() -> str:
    """The style sheet, for a `style` element."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{_SHEET}"
    )


def _variables(palette: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{color};" for name, color in palette.items())


_SHEET = """\
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);
  font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:3}
.frame{max-width:80rem;margin:0 auto;padding:0 1rem 4rem}
header{padding:2.5rem 0 1rem}
h1,h2,h3{line-height:1.2;text-wrap:balance;margin:0;font-weight:650;letter-spacing:-.01em}
h1{font-size:clamp(1.7rem,5vw,2.4rem)}
h2{font-size:1.6rem;margin:3rem 0 .5rem;padding-top:1rem;border-top:3px solid var(--ink)}
h3{font-size:1.2rem;margin:2.5rem 0 .5rem}
p{margin:.6rem 0;max-width:46rem}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
.note{color:var(--soft);font-size:.925rem}
.warning{background:var(--alert-card);color:var(--alert);border-left:4px solid var(--alert);padding:.5rem .8rem;
  border-radius:0 6px 6px 0}
nav{font-size:.925rem}
nav ol{list-style:none;margin:0;padding:0}
nav ol ol{padding-left:.9rem}
nav a{display:block;padding:.25rem 0;text-decoration:none;color:var(--soft)}
nav>ol>li>a{color:var(--ink);font-weight:600;padding-top:.6rem}
nav a:hover,nav a:focus{color:var(--accent);text-decoration:underline}
.scroll{overflow-x:auto;margin:.5rem 0 1.5rem;border:1px solid var(--line);border-radius:8px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{caption-side:top;text-align:left;padding:.7rem .8rem .5rem;font-weight:600}
caption span{position:sticky;left:.8rem}
th,td{padding:.45rem .8rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{font-weight:600;color:var(--soft);vertical-align:bottom;background:var(--band);white-space:nowrap}
tbody th{font-weight:600;position:sticky;left:0;background:var(--card);min-width:7rem;max-width:11rem;
  overflow-wrap:break-word}
.numbers td,.numbers thead th:not(:first-child){text-align:right;white-space:nowrap}
.words td{overflow-wrap:break-word}
.words td.long{min-width:16rem;overflow-wrap:anywhere}
td small{display:block;color:var(--soft);font-size:.88em}
tbody tr:hover td,tbody tr:hover th{background:var(--band)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.85em;overflow-wrap:anywhere}
pre{white-space:pre-wrap;background:var(--band);padding:.8rem 1rem;border-radius:8px;margin:.5rem 0}
.said{white-space:pre-wrap;unicode-bidi:isolate}
dl{display:grid;grid-template-columns:minmax(7rem,13rem) 1fr;gap:.25rem 1rem;margin:.5rem 0 1rem;font-size:.925rem}
dt{color:var(--soft);overflow-wrap:anywhere}
dd{margin:0;overflow-wrap:anywhere;min-width:0}
details{margin:.5rem 0;border:1px solid var(--line);border-radius:8px;background:var(--card);padding:0 .9rem;
  min-width:0}
summary{cursor:pointer;padding:.6rem 0;font-weight:600;overflow-wrap:anywhere}
details[open]>summary{border-bottom:1px solid var(--line);margin-bottom:.5rem}
details details{background:var(--page)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1rem;margin:1rem 0 1.5rem;
  align-items:start}
figure{margin:0;border:1px solid var(--line);border-radius:8px;background:var(--card);padding:.8rem .9rem;min-width:0;
  max-width:32rem}
figcaption{font-weight:600;margin-bottom:.4rem}
figure details{border:0;padding:0;margin:.3rem 0 0;background:none;font-size:.9rem}
figure summary{color:var(--soft);font-weight:400;padding:.3rem 0}
figure details[open]>summary{border:0}
svg{display:block;width:100%;height:auto}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif!important}
@media (max-width:30rem){
  figure{padding:.6rem .5rem}
  dl{grid-template-columns:1fr;gap:0}
  dd{margin-bottom:.5rem}
  th,td{padding:.4rem .55rem}
  tbody th{min-width:0;max-width:7rem}
}
@media (min-width:64rem){
  .frame{display:grid;grid-template-columns:14rem minmax(0,1fr);gap:0 3rem}
  header{grid-column:2}
  nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow-y:auto;padding:1rem .3rem 2rem;grid-row:1/span 2}
  main>section:first-of-type h2{margin-top:1rem}
}
@media print{
  .frame{display:block;max-width:none;padding:0}
  body{background:#fff;font-size:10pt}
  nav a{padding:0}
  .scroll{overflow:visible;border:0}
  figure,tr,summary{break-inside:avoid}
  h2,h3,caption,summary{break-after:avoid}
  tbody th{position:static}
  table{font-size:7.5pt}
  th,td{padding:.15rem .3rem}
  thead th{white-space:normal}
}
"""
