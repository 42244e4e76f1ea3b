/**
 * The style sheet of the document. Colours are variables, for a light page, a dark one, and paper; the drawing uses them too.
 * Text has a contrast of at least 4.5 to 1 on what is behind it, bars have 3 to 1.
 */
export const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1f24; --muted: #57606a; --line: #d8dee4; --panel: #f5f7f9; --band: #eceff3; --link: #0b5cad;
  --good: #1a6b34; --bad: #b3261e; --mixed: #7a4f00; --open: #0b5cad;
  --added: #e3f5e7; --removed: #fdeceb; --added-text: #14532a; --removed-text: #8c1d17;
  --bar-done: #2f6db5; --bar-failed: #b3261e; --bar-back: #8a5a00; --bar-running: #6d4bb5; --bar-step: #7d8590; --bar-wait: #a3860b;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --text: #e3e8ee; --muted: #a2acb7; --line: #313a44; --panel: #1a2027; --band: #1f262e; --link: #7db7f5;
    --good: #6fce8b; --bad: #ff9187; --mixed: #e5b567; --open: #7db7f5;
    --added: #12301d; --removed: #3b1917; --added-text: #a5e3b8; --removed-text: #ffb8b1;
    --bar-done: #6aa5e8; --bar-failed: #ff7b70; --bar-back: #e0ab4e; --bar-running: #b59bf0; --bar-step: #87919c; --bar-wait: #cdb646;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 68rem;
  background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3 { line-height: 1.25; }
h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.3rem); margin: 0; font-weight: 650; letter-spacing: -0.01em; }
h2 { font-size: 1.3rem; margin: 3rem 0 0.9rem; padding-top: 0.9rem; border-top: 1px solid var(--line); font-weight: 650; }
h3 { font-size: 1rem; margin: 1.6rem 0 0.4rem; font-weight: 650; }
p { margin: 0.5rem 0; max-width: 46rem; }
ul { margin: 0.5rem 0; padding-left: 1.2rem; }
small { color: var(--muted); font-size: 0.875rem; }
a { color: var(--link); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.85rem; }
pre { margin: 0.5rem 0; padding: 0.7rem 0.9rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; line-height: 1.5; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }

.verdict { --tone: var(--open); border-left: 6px solid var(--tone); padding: 0.2rem 0 0.2rem 1.2rem; }
.verdict.good { --tone: var(--good); }
.verdict.bad { --tone: var(--bad); }
.verdict.mixed { --tone: var(--mixed); }
.about { margin: 0 0 0.2rem; color: var(--muted); font-size: 0.9rem; }
.outcome { color: var(--tone); white-space: nowrap; }
.meaning { font-size: 1.1rem; margin: 0.4rem 0 0; }
.verdict time { white-space: normal; }
.cause { color: var(--bad); font-weight: 600; }

.facts { margin: 1rem 0 0; display: grid; gap: 0 1.5rem; }
.facts > div { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: 0 1rem; padding: 0.35rem 0; border-bottom: 1px solid var(--line); }
.facts > div:last-child { border-bottom: 0; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; }
.facts dd ul { margin: 0; padding: 0; list-style: none; }
.verdict .facts { grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.7rem 1.5rem; }
.verdict .facts > div { display: block; border: 0; padding: 0; }
.verdict .facts dt { font-size: 0.85rem; }
.verdict .facts dd { font-weight: 600; }

nav ul { list-style: none; margin: 1.5rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; font-size: 0.9rem; }

table { border-collapse: collapse; width: 100%; margin: 0.8rem 0; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.9rem 0.4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
thead th { color: var(--muted); font-weight: 500; font-size: 0.85rem; }
td { font-variant-numeric: tabular-nums; }
tr.bad td, td.odd { color: var(--bad); }
td.odd { font-weight: 600; }
.proof td code { display: block; color: var(--muted); font-size: 0.78rem; margin-top: 0.15rem; }
.proof th[scope="row"] { min-width: 6rem; }
.proof thead th, .proof td:not(:last-child) { white-space: nowrap; overflow-wrap: normal; }
.lead { font-weight: 600; }
.lead.lossy { color: var(--bad); }
.traffic th[scope="row"] { min-width: 6rem; }
.traffic thead th, .traffic td { white-space: nowrap; overflow-wrap: normal; }
.traffic small { display: block; white-space: normal; overflow-wrap: anywhere; }
.said td:nth-child(2) { min-width: 14rem; }
.said q { display: block; font-style: italic; }
.said small { display: block; }
.steps td:not(:nth-child(3)):not([colspan]) { white-space: nowrap; overflow-wrap: normal; }

details { margin: 0.8rem 0; }
summary { cursor: pointer; color: var(--link); font-weight: 500; padding: 0.3rem 0; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }

.diff ins, .diff del { display: inline-block; width: 100%; text-decoration: none; }
.diff ins { background: var(--added); color: var(--added-text); }
.diff del { background: var(--removed); color: var(--removed-text); }
.diff i { color: var(--muted); font-style: normal; }
.undo { color: var(--muted); font-size: 0.9rem; }
.finding { border-left: 3px solid var(--line); padding-left: 0.9rem; margin: 1rem 0; }
.finding.blocker { border-color: var(--bad); }
.finding.warning { border-color: var(--mixed); }
.objects { color: var(--muted); font-size: 0.9rem; }

figure { margin: 0.5rem 0 0; }
figcaption { font-size: 0.9rem; }
.plot svg { display: block; width: 100%; height: auto; }
.plot.gaps svg { max-width: 40rem; }
.plot.narrow { display: none; }
.legend, .waits { list-style: none; padding: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; }
.swatch { display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 2px; margin-right: 0.4rem; vertical-align: -0.05rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.swatch.done { background: var(--bar-done); }
.swatch.failed { background: var(--bar-failed); }
.swatch.back { background: var(--bar-back); }
.swatch.running { background: var(--bar-running); }
.swatch.step { background: var(--bar-step); }
.swatch.wait { background: var(--bar-wait); }

@media (max-width: 40rem) {
  body { padding-top: 1rem; }
  h2 { margin-top: 2.2rem; }
  .facts > div { grid-template-columns: minmax(0, 1fr); }
  .facts dt { font-size: 0.85rem; }
  .verdict .facts { grid-template-columns: minmax(0, 1fr); gap: 0.35rem; }
  .verdict .facts > div { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); }
  .verdict .facts dt { font-size: inherit; }
  .plot.wide { display: none; }
  .plot.narrow { display: block; }
  .proof thead, .said thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .proof tr { display: grid; grid-template-columns: minmax(0, 1fr) auto auto; gap: 0 0.9rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .proof th, .proof td { border: 0; padding: 0; }
  .proof td:last-child { grid-column: 1 / -1; }
  .proof.with-felix td:nth-child(3)::before { content: "Felix "; color: var(--muted); }
  .said tr { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 0.9rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .said td, .said td:nth-child(2) { border: 0; padding: 0; min-width: 0; }
  .said td:last-child { grid-column: 1 / -1; }
  .traffic thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .traffic tr { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 0.9rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .traffic th, .traffic td { border: 0; padding: 0; white-space: normal; }
  .traffic td::before { color: var(--muted); font-weight: 400; }
  .traffic.paths td:last-child, .traffic.by-node th, .traffic.by-node td:last-child { grid-column: 1 / -1; }
  .traffic.by-node th { display: block; }
  .traffic.paths td:nth-child(3)::before, .traffic.by-node td:nth-child(3)::before { content: "longest "; }
  .traffic.paths td:nth-child(4)::before, .traffic.by-node td:nth-child(4)::before { content: "at most "; }
  .traffic.paths td:nth-child(5)::before, .traffic.by-node td:nth-child(5)::before { content: "before "; }
  .traffic.by-node td:nth-child(6)::before { content: "failed "; }
  .traffic.paths td:nth-child(6)::before, .traffic.by-node td:nth-child(7)::before { content: "lost "; }
  .traffic td:last-child::before { content: "ok / failed / unknown "; }
  .steps th:nth-child(2), .steps td:nth-child(2):not([colspan]) { display: none; }
  .hashes tr { display: grid; grid-template-columns: minmax(0, 1fr); padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
  .hashes thead { display: none; }
  .hashes td { border: 0; padding: 0; }
}
@media print {
  @page { margin: 15mm; }
  body { padding: 0; max-width: none; font-size: 10pt; line-height: 1.4; }
  table { font-size: 8pt; }
  th, td { padding: 0.15rem 0.6rem 0.15rem 0; }
  code, pre { font-size: 8pt; }
  .proof td code { font-size: 7pt; margin: 0; }
  nav { display: none; }
  h2, h3 { break-after: avoid; }
  h2 { margin-top: 1.6rem; }
  figure, .change, .source, .finding, tr { break-inside: avoid; }
  .plot.wide { display: block; }
  .plot.narrow { display: none; }
  .plot svg, .diff { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { color: var(--text); list-style: none; }
  a { color: inherit; text-decoration: none; }
}
`;
