// Opens reports in headless Chromium and says whether people can read them: accessibility (axe-core, light and dark, all
// details open), nothing loaded or run, 320 px, print. `node look.mjs REPORT.html...`; SHOTS=DIR keeps screenshots and PDFs.
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;
const files = process.argv.slice(2);
if (files.length === 0) throw new Error('name at least one report');
if (shots) mkdirSync(shots, { recursive: true });

const browser = await puppeteer.launch({
  protocolTimeout: 600_000,
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--force-prefers-reduced-motion'],
});
let wrong = 0;
const say = (name, problems, fine) => {
  wrong += problems.length;
  console.log(`${problems.length ? 'FAIL' : 'ok  '} ${name}${problems.length ? '' : `: ${fine}`}`);
  problems.slice(0, 20).forEach((p) => console.log(`     ${p}`));
};

async function open(file, { scripts = true, scheme = 'light', width = 1280 } = {}) {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const heard = [];
  page.on('request', (r) => { if (!r.url().startsWith('file:') || r.resourceType() !== 'document') heard.push(`asks for ${r.url()}`); });
  page.on('console', (m) => heard.push(`console: ${m.text()}`));
  page.on('pageerror', (e) => heard.push(`error: ${e.message}`));
  await page.setJavaScriptEnabled(scripts);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(pathToFileURL(path.resolve(file)), { waitUntil: 'load' });
  return { page, heard };
}

const openAll = (page) => page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
const shot = async (page, name, whole = false) => { if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: whole }); };

async function accessible(file, name, scheme) {
  const { page, heard } = await open(file, { scheme });
  await shot(page, `${name}-${scheme}`);
  await openAll(page);
  await page.evaluate(axe);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const result = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }), tags);
  const found = result.violations.flatMap((v) => v.nodes.slice(0, 5).map((n) => `${v.id} (${v.nodes.length}): ${n.html.slice(0, 160)} ${n.failureSummary.split('\n')[1] ?? ''}`));
  say(`${name}: axe-core ${result.testEngine.version}, ${scheme}, all details open`, [...found, ...heard], `${result.violations.length} violations`);
  await page.close();
}

async function linked(file, name) {
  const { page } = await open(file);
  const problems = await page.evaluate(() => {
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
    const twice = ids.filter((id, n) => ids.indexOf(id) !== n);
    const known = new Set(ids);
    const hrefs = [...document.querySelectorAll('[href]')].map((a) => a.getAttribute('href'));
    return [
      ...twice.map((id) => `the id ${id} is given twice`),
      ...hrefs.filter((h) => !h.startsWith('#') || !known.has(h.slice(1))).map((h) => `the link ${h} leads nowhere`),
      ...[...document.querySelectorAll('script, [style], iframe, object, img, form, link')].map((e) => `a ${e.localName}`),
    ];
  });
  say(`${name}: anchors and links`, problems, 'each id once, each link leads somewhere on the page');
  await page.close();
}

async function opened(file, name) {
  const closed = await open(file, { scripts: false });
  const ids = await closed.page.evaluate(() => [...document.querySelectorAll('details:not([open]) > .body[id]')].map((b) => b.id));
  await closed.page.close();
  const problems = [];
  for (const id of ids.slice(0, 3)) {
    const page = await browser.newPage();
    await page.setJavaScriptEnabled(false);
    await page.goto(`${pathToFileURL(path.resolve(file))}#${id}`, { waitUntil: 'load' });
    const seen = await page.evaluate((wanted) => {
      const body = document.getElementById(wanted);
      const { top } = body.closest('details').getBoundingClientRect();
      return body.closest('details').open && top >= 0 && top < innerHeight;
    }, id);
    if (!seen) problems.push(`a link to ${id} does not open it, or its summary is out of sight`);
    await page.close();
  }
  say(`${name}: links to what is closed`, problems, `${Math.min(ids.length, 3)} followed, each opens what it leads to, without scripts`);
}

async function silent(file, name) {
  const { page, heard } = await open(file, { scripts: false });
  const text = await page.evaluate(() => document.body.innerText.length);
  say(`${name}: scripts off`, [...heard, ...(text > 2000 ? [] : ['the page is empty'])], `${text} characters to read, nothing asked for`);
  await page.close();
}

async function narrow(file, name) {
  const { page } = await open(file, { width: 320 });
  await shot(page, `${name}-320`);
  await openAll(page);
  const problems = await page.evaluate(() => {
    const wide = document.scrollingElement.scrollWidth;
    if (wide <= 320) return [];
    const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > 321 && !e.closest('.scroll'));
    return [`the page is ${wide} px wide`, ...out.slice(0, 5).map((e) => e.outerHTML.slice(0, 120))];
  });
  say(`${name}: 320 px`, problems, 'no horizontal scrolling of the page');
  await page.close();
}

async function printed(file, name) {
  const { page } = await open(file, { scheme: 'dark' });
  await page.emulateMediaType('print');
  // a long page is laid out anew when its medium changes, and that may still be under way
  await page.evaluate(() => {
    globalThis.hidden = () => [...document.querySelectorAll('details > .body')].filter((b) => !b.checkVisibility({ contentVisibilityAuto: true }) || b.getBoundingClientRect().height === 0);
  });
  await page.waitForFunction(() => hidden().length === 0, { timeout: 5000 }).catch(() => {});
  const problems = await page.evaluate(() => {
    const left = hidden().length;
    const dark = getComputedStyle(document.documentElement).backgroundColor !== 'rgb(255, 255, 255)';
    return [...(left ? [`${left} details are not printed`] : []), ...(dark ? ['printed dark'] : [])];
  });
  const pdf = await page.pdf({ format: 'A4', printBackground: true, ...(shots ? { path: `${shots}/${name}.pdf` } : {}), timeout: 120_000 });
  const pages = (Buffer.from(pdf).toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length;
  say(`${name}: print`, [...problems, ...(pages > 0 ? [] : ['the PDF has no page'])], `${pages} pages, all details in them, light`);
  await page.close();
}

for (const file of files) {
  const name = path.basename(path.dirname(path.resolve(file)));
  await linked(file, name);
  await opened(file, name);
  await silent(file, name);
  for (const scheme of ['light', 'dark']) await accessible(file, name, scheme);
  await narrow(file, name);
  await printed(file, name);
}
await browser.close();
console.log(wrong === 0 ? 'the reports can be read' : `${wrong} problems`);
process.exit(wrong === 0 ? 0 : 1);
