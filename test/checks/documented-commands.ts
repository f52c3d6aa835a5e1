import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOf, textOf } from './sources.ts';

/** A part of a document that a shell can run. */
type Snippet = { readonly document: string; readonly line: number; readonly text: string };

/** A command as a shell would start it. */
export type StartedCommand = {
  /** `infra/RUNBOOK.md:127` */
  readonly place: string;
  readonly argv: readonly string[];
  /** It is an example in a sentence, which may leave arguments out. */
  readonly isInline: boolean;
};

/** Values for what a reader fills in. */
const placeholders: Readonly<Record<string, string>> = {
  stage: 'prod',
  queue: 'cdr-ingest',
  domain: 'api.example.com',
  'new SIP domain': 'sip.example.com',
  'SIP domain': 'sip.example.com',
  'old SIP domain': 'sip.example.org',
  new: 'api.example.com',
  file: 'export.jsonl',
  'new file': 'report.jsonl',
  folder: './copy',
  time: '2026-11-21T20:00:00Z',
  bucketSuffix: '2',
  number: '1001',
  'E.164': '+4930123456',
  path: 'test/journeys/billing.test.ts',
  name: 'money',
  sha256: 'a'.repeat(64),
  bucket: 'trunkline-prod-archives-000000000000-us-east-1',
  commit: '0'.repeat(40),
  'full commit': '0'.repeat(40),
  role: 'arn:aws:iam::000000000000:role/example',
  'your role': 'arn:aws:iam::000000000000:role/example',
  'its ARN': 'arn:aws:backup:eu-west-1:000000000000:backup-vault:trunkline',
  'of the table': 'arn:aws:backup:eu-west-1:000000000000:recovery-point:1',
  'ARN of the dlq': 'arn:aws:sqs:us-east-1:000000000000:trunkline-prod-cdr-ingest-dlq',
  account: '000000000000',
  region: 'eu-west-1',
  AwsEndpointUrl: 'http://127.0.0.1:4566',
  'DATA_DIR of the system': '/tmp/release',
  'answers file': '/tmp/answers.json',
};

const filled = (text: string): string =>
  text
    .replaceAll(/<([A-Za-z][^<>\n]*)>/g, (whole, name: string) => placeholders[name] ?? whole)
    // What is left out.
    .replaceAll(/(^|\s)…(?=\s|$)/g, '$1');

const settings = String.raw`(?:[A-Z_0-9]+=(?:'[^']*'|"[^"]*"|\S*) +)*`;
const program = new RegExp(`^${settings}(?:npm|npx|node|aws|docker|curl) `);
const beginsCommand = (line: string): boolean => program.test(line) || /^[A-Z]+=\S+$/.test(line);

/** Whether a line ends within quotation marks, or with a backslash. */
const continues = (text: string): boolean => text.endsWith('\\') || (text.match(/'/g) ?? []).length % 2 === 1;

/** The commands of a record of a terminal, without what they print. */
function commandsIn(lines: readonly string[]): string {
  const commands: string[] = [];
  for (const line of lines) {
    const last = commands.at(-1);
    if (last !== undefined && continues(last)) commands.push(`${commands.pop()}\n${line}`);
    else if (line.startsWith('$ ')) commands.push(line.slice(2));
  }
  return commands.join('\n');
}

const dedent = (text: string, indent: number): string[] => text.split('\n').map((line) => line.slice(indent));

/** Code between fences, by the word behind them. */
function fenced(language: string, lines: readonly string[]): string {
  if (language === 'sh') return lines.join('\n');
  if (language === 'console') return commandsIn(lines);
  return language === '' ? lines.filter((line) => program.test(line)).join('\n') : '';
}

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

const fence = /^( *)```(\w*)\n([^]*?)^ *```$/gm;
/** Lines that are indented by four spaces or more, behind an empty one. */
const indented = /(?<=\n\n)((?: {4,}\S.*\n)+)/g;
const inline = /`([^`]+)`/g;

/** Every part of a document that begins with a command. */
function snippetsIn(document: string): { readonly blocks: readonly Snippet[]; readonly inlines: readonly Snippet[] } {
  const text = textOf(document);
  const blank = (whole: string): string => whole.replaceAll(/[^\n]/g, ' ');
  const prose = text.replaceAll(fence, blank);
  const blocks = [
    ...[...text.matchAll(fence)].map(({ 1: indent = '', 2: language = '', 3: code = '', index }) => ({
      line: lineAt(text, index) + 1,
      text: fenced(language, dedent(code, indent.length)),
    })),
    ...[...prose.matchAll(indented)].map(({ 1: code = '', index }) => {
      const lines = dedent(code, /^ */.exec(code)?.[0].length ?? 0);
      return { line: lineAt(text, index), text: beginsCommand(lines[0] ?? '') ? lines.join('\n') : '' };
    }),
  ].toSorted((one, other) => one.line - other.line);
  const inlines = [...prose.replaceAll(indented, blank).matchAll(inline)]
    .map(({ 1: code = '', index }) => ({ line: lineAt(text, index), text: code.replaceAll(/\s+/g, ' ') }))
    .filter(({ text: code }) => program.test(code));
  const withDocument = (each: Omit<Snippet, 'document'>): Snippet => ({ document, ...each, text: filled(each.text) });
  return {
    blocks: blocks.filter((each) => each.text.trim() !== '').map(withDocument),
    inlines: inlines.map(withDocument),
  };
}

/**
 * Runs the parts of a document in one shell that finds no program: the shell reports each that it would start, with its
 * arguments. These programs succeed, and print what later commands need, or `x`. Each has a file of its own: those of a
 * pipe run at once, and the shell writes an argument of several lines in pieces.
 */
const recorder = `
PATH=/nonexistent
command_not_found_handle() {
  printf '%s\\0' "$PLACE" "$#" "$@" >> "$RECORDS/$BASHPID"
  case "$*" in
    *TableArn*) printf 'arn:aws:dynamodb:us-east-1:000000000000:table/trunkline-prod-table\\n' ;;
    *ApiUrl*) printf 'http://localhost:3000\\n' ;;
    *Date*) printf '2026-01-15T10:30:00.000Z\\n' ;;
    openssl*) printf 'Yk7mPq2sT9wXb4Nc6Rf8Hj3D\\n' ;;
    *) printf 'x\\n' ;;
  esac
}
for PLACE in "\${!SNIPPETS[@]}"; do eval "\${SNIPPETS[$PLACE]}" < /dev/null > /dev/null; done
wait
`;

/** What a reader has set before. */
const environment = {
  ...{ API: 'http://localhost:3000', TOKEN: 'token', KEY: 'key', BUCKET: 'archives', LANG: 'C.UTF-8' },
  ...{ UPLOAD_URL: 'http://127.0.0.1:4566/upload', ID: 'wh_01M80MDXHEPX2R10B611HPFJZZ' },
  ...{ HOLD: 'hold_01M80MDXHEPX2R10B611HPFJZZ', POLICY: 'pol_01M80MDXHEPX2R10B611HPFJZZ' },
};

function startedBy(snippets: readonly Snippet[], isInline: boolean): StartedCommand[] {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-commands-'));
  try {
    const records = join(folder, 'records');
    mkdirSync(records);
    const given = snippets.flatMap(({ text }) => ['--', text]);
    const script = `SNIPPETS=(); while [ $# -gt 0 ]; do SNIPPETS+=("$2"); shift 2; done\n${recorder}`;
    const env = { ...environment, RECORDS: records, PATH: process.env['PATH'] };
    const { stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', ...given], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    if (stderr !== '') throw new Error(`${snippets[0]?.document}: the shell cannot run its commands: ${stderr}`);
    return readdirSync(records).flatMap((name) =>
      readRecord(readFileSync(join(records, name), 'utf8'), snippets, isInline),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readRecord(record: string, snippets: readonly Snippet[], isInline: boolean): StartedCommand[] {
  const fields = record.split('\0').slice(0, -1);
  const commands: StartedCommand[] = [];
  while (fields.length > 0) {
    const [at = '', count = ''] = fields.splice(0, 2);
    const { document, line } = snippets[Number(at)] ?? { document: '', line: 0 };
    commands.push({ place: `${document}:${line}`, argv: fields.splice(0, Number(count)), isInline });
  }
  return commands;
}

/** Every command that the documents name, but for the history of releases. */
export function documentedCommands(): readonly StartedCommand[] {
  const documents = filesOf('README.md', '.github/**/*.md', '{bin,functions,infra,shared,test}/**/*.md');
  return documents.flatMap((document) => {
    const { blocks, inlines } = snippetsIn(document);
    return [...startedBy(blocks, false), ...startedBy(inlines, true)];
  });
}
