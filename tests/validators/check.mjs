// Reports in a folder, read by what others read them with: `node check.mjs FOLDER OSCAL_SCHEMA`. One line for each verdict.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { CucumberHtmlStream } from '@cucumber/html-formatter';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import inspecjs from 'inspecjs';

const require = createRequire(import.meta.url);
const [folder, oscalSchema] = process.argv.slice(2);
const file = (name) => path.join(folder, name);
const read = (name) => readFileSync(file(name), 'utf8');
const parse = (name) => JSON.parse(read(name));
const report = parse('report.json');
let wrong = 0;

async function verdict(name, check) {
  try {
    console.log(`ok   ${path.basename(folder)}: ${name}: ${await check()}`);
  } catch (e) {
    wrong += 1;
    console.log(`FAIL ${path.basename(folder)}: ${name}\n${String(e.stack ?? e).slice(0, 2000)}`);
  }
}

function must(holds, what) {
  if (!holds) throw new Error(what);
}

// Schemas of others use words that the strict mode of ajv does not know; what they forbid is still forbidden.
function validator(Class, schema) {
  const ajv = new Class({ strict: false, allErrors: true, unicodeRegExp: true });
  (formats.default ?? formats)(ajv);
  const validate = ajv.compile(schema);
  return (value) => must(validate(value), JSON.stringify(validate.errors?.slice(0, 5), null, 1));
}

const json = (at) => JSON.parse(readFileSync(at, 'utf8').replace(/^\uFEFF/, ''));
const all = (verdict, advisory = false) => report.findings.filter((f) => f.verdict === verdict && Boolean(f.advisory) === advisory);
// What somebody answers for until a day is shown as such, and fails no gate.
const failing = all('fail').filter((f) => f.waiver?.standing !== 'in-force').length;

await verdict("oscal by NIST's schema", () => {
  const schema = json(oscalSchema);
  validator(Ajv.default ?? Ajv, schema)(parse('oscal.json'));
  const [result] = parse('oscal.json')['assessment-results'].results;
  must((result.observations ?? []).length === report.findings.length, 'an observation for each finding');
  const satisfied = (result.findings ?? []).filter((f) => f.target.status.state === 'satisfied').length;
  return `valid; ${result.observations?.length ?? 0} observations, ${result.findings?.length ?? 0} controls, ${satisfied} satisfied`;
});

await verdict('sarif by the schema of SARIF 2.1.0', () => {
  const schema = json(require.resolve('@microsoft/sarif-multitool-linux/sarif-2.1.0.json'));
  validator(Ajv2020.default ?? Ajv2020, schema)(parse('recant.sarif'));
  const { results } = parse('recant.sarif').runs[0];
  const errors = results.filter((r) => r.level === 'error').length;
  must(errors === all('fail').length, `${errors} errors, but ${all('fail').length} failures`);
  return `valid; ${results.length} results, ${errors} errors`;
});

await verdict('hdf by inspecjs', () => {
  const { '1_0_ExecJson': exec } = inspecjs.convertFile(read('hdf.json'));
  must(exec, 'it is read as exec-json');
  const [profile] = inspecjs.contextualizeEvaluation(exec).contains;
  const said = {};
  for (const control of profile.contains) {
    const { status, canonized_nist } = control.hdf;
    must(typeof canonized_nist === 'function', 'its NIST tags are read');
    const of = report.findings.filter((f) => f.requirement === control.data.id);
    if (status === 'Passed') must(of.every((f) => ['pass', 'bounded', 'not-applicable'].includes(f.verdict)), `${control.data.id} is shown as passed`);
    said[status] = (said[status] ?? 0) + 1;
  }
  must(profile.contains.length === report.requirements.length, 'a control for each requirement');
  return Object.entries(said).map(([status, n]) => `${n} ${status}`).join(', ');
});

const messages = read('messages.ndjson').split('\n').filter(Boolean).map((line) => JSON.parse(line));

await verdict('messages by the schema of @cucumber/messages', () => {
  const validate = validator(Ajv2020.default ?? Ajv2020, json(fileURLToPath(new URL('./node_modules/@cucumber/messages/messages.schema.json', import.meta.url))));
  messages.forEach((m) => validate(m));
  return `${messages.length} messages valid`;
});

await verdict('messages by @cucumber/html-formatter, drawn by a browser', async () => {
  const html = await text(Readable.from(messages).pipe(new CucumberHtmlStream()));
  const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
  must(existsSync(chromium), `there is no ${chromium}`);
  const work = mkdtempSync(path.join(tmpdir(), 'messages-'));
  try {
    const page = path.join(work, 'page.html');
    writeFileSync(page, html);
    const args = ['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=20000', `--user-data-dir=${work}/profile`, '--dump-dom', pathToFileURL(page).href];
    const drawn = execFileSync(chromium, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 29, timeout: 120_000 });
    const body = drawn.slice(drawn.indexOf('<body'), drawn.indexOf('<script', drawn.indexOf('<body')));
    const failed = messages.filter((m) => m.testStepFinished?.testStepResult.status === 'FAILED').length;
    must(/recant/.test(body) && body.length > 2000, 'the page is empty');
    must(!/<img[^>]+src="x"|<b>&amp;"/.test(body), 'foreign markup became markup');
    return `drawn, ${failed} failed steps`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});

await verdict('junit by an XML parser', () => {
  const xml = read('junit.xml');
  const well = XMLValidator.validate(xml);
  must(well === true, JSON.stringify(well));
  const parsed = new XMLParser({ ignoreAttributes: false, isArray: (name) => ['testsuite', 'testcase'].includes(name), processEntities: { enabled: true, maxTotalExpansions: 1e7, maxExpandedLength: 1e9, maxEntityCount: 1e7 } }).parse(xml);
  const cases = parsed.testsuites.testsuite.flatMap((s) => s.testcase ?? []);
  const failures = cases.filter((c) => c.failure !== undefined).length;
  must(failures === failing, `${failures} failures, ${failing} findings fail that nobody waives`);
  return `well-formed; ${cases.length} cases, ${failures} failures`;
});

await verdict('gitlab code quality by what GitLab documents', () => {
  const issues = parse('gitlab.json');
  const schema = {
    type: 'array',
    items: {
      type: 'object', required: ['description', 'check_name', 'fingerprint', 'severity', 'location'], additionalProperties: false,
      properties: {
        description: { type: 'string', minLength: 1 }, check_name: { type: 'string', minLength: 1 },
        fingerprint: { type: 'string', pattern: '^[0-9a-f]{64}$' }, severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
        location: { type: 'object', required: ['path', 'lines'], properties: { path: { type: 'string', not: { pattern: '^\\./' } }, lines: { type: 'object', required: ['begin'], properties: { begin: { type: 'integer', minimum: 1 } } } } },
      },
    },
  };
  validator(Ajv.default ?? Ajv, schema)(issues);
  must(new Set(issues.map((i) => i.fingerprint)).size === issues.length, 'fingerprints are unique');
  must(issues.filter((i) => i.severity === 'critical').length === failing, 'a critical issue for each failure that nobody waives');
  return `${issues.length} issues`;
});

// What the runner of GitHub Actions takes for a command (actions/runner, ActionCommand.TryParseV2 and TryParse).
await verdict('github annotations by the rules of the runner', () => {
  const lines = read('log').split('\n');
  const commands = lines.filter((l) => l.trimStart().startsWith('::'));
  for (const line of commands) {
    must(/^::(error|warning|notice) ([a-z]+=[^:,\r\n]*)(,[a-z]+=[^:,\r\n]*)*::[^\r\n]*$/.test(line), `a command that is not ours: ${line.slice(0, 200)}`);
  }
  must(!lines.some((l) => l.includes('##[') || l.includes('##vso[')), 'a command of the older form');
  const errors = commands.filter((l) => l.startsWith('::error')).length;
  must(errors === Math.min(10, failing + report.unrestored.length), `${errors} errors`);
  return `${commands.length} annotations, ${errors} errors`;
});

process.exit(wrong ? 1 : 0);
