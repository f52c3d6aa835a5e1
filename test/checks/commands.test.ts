import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { stripBasePath } from '#contract/base-paths.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import { routeTable } from '#infra/local/gateway/gateway-routes.ts';
import { parseBody } from '#http/request/body.ts';
import { UsageError, type Command } from '#bin/command-line/command.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { awsOperations, awsOptions } from './aws-cli.ts';
import { documentedCommands, type StartedCommand } from './documented-commands.ts';
import { filesOf, sourceFiles, textOf } from './sources.ts';

/** Every command that a document names runs as it is printed, by what can be known without an account. */

const scripts: Readonly<Record<string, string>> = packageJson.scripts;

/** What is wrong with a command; undefined if nothing is. */
type Judge = (args: readonly string[], command: StartedCommand) => Promise<string | undefined> | string | undefined;

/** Programs of Debian and of shells, as documents use them with any arguments. */
const ordinary = new Set(['awk', 'cat', 'espeak-ng', 'grep', 'head', 'jq', 'openssl', 'sed', 'sleep', 'sox', 'tail']);

const isTool = (value: unknown): value is Command =>
  typeof value === 'object' && value !== null && 'read' in value && 'usage' in value;

/** The file of ours that a script runs. */
const fileOfScript = (script: string): string | undefined =>
  /\b(?:bin|test)\/[\w/-]+\.ts/.exec(scripts[script] ?? '')?.[0];

/** The tool that a script runs, if it is one of ours that an import does not start. */
async function toolOf(script: string): Promise<Command | undefined> {
  const file = fileOfScript(script);
  if (file === undefined || !readFileSync(file, 'utf8').includes('import.meta.main')) return undefined;
  const { tool } = (await import(new URL(`../../${file}`, import.meta.url).href)) as { readonly tool?: unknown };
  return isTool(tool) ? tool : undefined;
}

/** Options of vitest that documents use; those of the second list have a value. */
const vitestOptions = { flags: ['-u'], values: ['-t', '--project'] };

function judgeVitest(args: readonly string[]): string | undefined {
  for (const [at, argument] of args.entries()) {
    if (vitestOptions.values.includes(args[at - 1] ?? '') || vitestOptions.flags.includes(argument)) continue;
    if (vitestOptions.values.includes(argument)) continue;
    if (!sourceFiles.some((file) => file.endsWith('.test.ts') && file.includes(argument)))
      return `no test file is named ${argument}`;
  }
  return undefined;
}

/** Commands of the CDK, and their options with a value or without one. */
const cdk = {
  commands: ['bootstrap', 'deploy', 'destroy', 'diff', 'import', 'synth'],
  values: ['-c', '--context', '--require-approval', '--outputs-file', '--concurrency', '--profile'],
  flags: ['--all', '--import-existing-resources', '--force'],
};

function judgeCdk([name = '', ...args]: readonly string[]): string | undefined {
  if (!cdk.commands.includes(name)) return `cdk has no command ${name}`;
  const unknown = args.find((each) => each.startsWith('-') && ![...cdk.values, ...cdk.flags].includes(each));
  return unknown === undefined ? undefined : `cdk ${name} has no option ${unknown}`;
}

async function judgeScript([name = '', ...rest]: readonly string[], isInline: boolean): Promise<string | undefined> {
  const script = scripts[name];
  if (script === undefined) return `no script is named ${name}`;
  if (rest[0]?.startsWith('-') === true && rest[0] !== '--') return `npm takes ${rest[0]} itself: write -- before it`;
  const args = rest[0] === '--' ? rest.slice(1) : rest;
  if (script.startsWith('vitest')) return judgeVitest(args);
  if (script.startsWith('cdk')) return judgeCdk([...script.split(' ').slice(1), ...args]);
  // A sentence may name a tool alone.
  if (isInline && args.length === 0) return undefined;
  try {
    (await toolOf(name))?.read(args);
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

const judgeNpm: Judge = (args, { isInline }) => {
  const [verb = '', ...rest] = args.filter((each) => each !== '-s' && each !== '--silent');
  if (verb === 'ci') return rest.length === 0 ? undefined : 'npm ci takes nothing';
  if (verb === 'run') return judgeScript(rest, isInline);
  return verb === 'start' || verb === 'test' ? judgeScript([verb, ...rest], isInline) : `npm ${verb} is not known here`;
};

const judgeNpx: Judge = ([name = '', ...args]) => {
  if (name === 'cdk') return judgeCdk(args);
  if (name === 'vitest' && args[0] === 'run') return judgeVitest(args.slice(1));
  return name === 'oxfmt' ? undefined : `npx ${name} is not known here`;
};

/** `--no-enabled` sets a boolean parameter to false. */
const nameOf = (option: string): string => option.replace(/^--(?:no-)?/, '').replace(/=.*$/, '');

const judgeAws: Judge = (args, { isInline }) => {
  const named = args.filter((each, at) => !each.startsWith('--') && (at === 0 || !isGlobal(args[at - 1] ?? '')));
  const [service = '', operation = ''] = named;
  const parameters = awsOperations[`${service} ${operation}`]?.split(' ').filter((each) => each !== '');
  if (parameters === undefined) return `the AWS CLI has no ${service} ${operation} (test/checks/aws-cli.ts)`;
  const given = args.filter((each) => each.startsWith('--')).map(nameOf);
  const known = [...parameters.map((each) => each.replace('!', '')), ...awsOptions];
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined) return `aws ${service} ${operation} has no --${unknown} (test/checks/aws-cli.ts)`;
  const missing = parameters.find((each) => each.endsWith('!') && !given.includes(each.slice(0, -1)));
  return missing === undefined || isInline ? undefined : `aws ${service} ${operation} needs --${missing.slice(0, -1)}`;
};
const isGlobal = (option: string): boolean => option.startsWith('--') && awsOptions.includes(nameOf(option));

const endpoints = new Map<string, Endpoint>(
  contracts
    .flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []))
    .map((each) => [each.route, each]),
);
const routeAt = routeTable([...endpoints.keys()].map((key) => ({ key, target: key, timeout: 0 })));

/** Options of curl with a value. */
const curlValues = ['-X', '-H', '-d', '-o', '-T', '-w', '--data-urlencode'];

/** The part of a request that an argument gives, by the option before it. */
function requestOf(args: readonly string[]) {
  const valuesOf = (option: string) => args.filter((_, at) => args[at - 1] === option);
  const free = args.filter((each, at) => !each.startsWith('-') && !curlValues.includes(args[at - 1] ?? ''));
  const [body] = valuesOf('-d');
  const [method = body === undefined ? 'GET' : 'POST'] = valuesOf('-X');
  return { method, url: free[0], body };
}

/** A body as it is written, unless a part is left out or is in a file. */
function judgeBody({ body: schema, bodyForms }: Endpoint, body: string): string | undefined {
  if (body.includes('…') || body.startsWith('@') || bodyForms !== undefined) return undefined;
  if (schema === undefined) return 'the endpoint has no body';
  try {
    const parsed = parseBody(schema, JSON.parse(body) as Record<string, unknown>);
    return 'problem' in parsed ? parsed.problem.message : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const judgeCurl: Judge = (args, { isInline }) => {
  const { method, url, body } = requestOf(args);
  if (url === undefined) return isInline ? undefined : 'curl has no URL';
  const given = URL.parse(url.includes('://') ? url : `http://${url}`);
  if (given === null) return `${url} is no URL`;
  const { hostname, pathname } = given;
  if (!['localhost', 'api.example.com'].includes(hostname)) return undefined;
  const [key] = [routeAt(method, pathname)?.route.key].filter((each) => each !== '$default');
  const endpoint = key === undefined ? undefined : endpoints.get(key);
  if (endpoint === undefined) return `no endpoint is ${method} ${stripBasePath(pathname)}`;
  return body === undefined ? undefined : judgeBody(endpoint, body);
};

const judgeDocker: Judge = ([name = '', option = '', file = '']) => {
  if (name === 'run') return undefined;
  return name === 'compose' && option === '-f' && existsSync(file) ? undefined : `docker ${name} ${option} ${file}`;
};

const judges: Readonly<Record<string, Judge>> = {
  npm: judgeNpm,
  npx: judgeNpx,
  aws: judgeAws,
  docker: judgeDocker,
  // Node 20 runs no TypeScript: `npm run` finds Node 24.
  node: ([option]) => (option === '-p' ? undefined : 'node runs what it is given with -p only: a file needs a script'),
  curl: judgeCurl,
  // As documents call it with their credential.
  ask: judgeCurl,
  api: judgeCurl,
};

async function judge(command: StartedCommand): Promise<string | undefined> {
  const [program = '', ...args] = command.argv;
  if (ordinary.has(program)) return undefined;
  const of = judges[program];
  const problem = of === undefined ? `${program} is not known here` : await of(args, command);
  return problem === undefined ? undefined : `${command.place} ${command.argv.join(' ').slice(0, 90)}: ${problem}`;
}

test('every command of the documents is one that runs', async () => {
  const commands = documentedCommands();
  expect(commands.length).toBeGreaterThan(250);
  for (const document of ['README.md', 'infra/README.md', 'infra/RUNBOOK.md', '.github/CONTRIBUTING.md'])
    expect(commands.filter(({ place }) => place.startsWith(`${document}:`)).length).toBeGreaterThan(4);
  const problems: string[] = [];
  for (const each of commands) problems.push(...[await judge(each)].filter((problem) => problem !== undefined));
  expect(problems).toEqual([]);
});

/** A setting on the command line is lost with the next deployment, and is rejected for a stage that has a file. */
test('what operators read names settings as the file of a stage has them', () => {
  const read = [
    ...filesOf('{functions,infra}/**/*.md'),
    ...filesOf('infra/{deployment,preflight}/*.ts', 'infra/settings.ts'),
  ];
  const named = read.flatMap((file) =>
    (textOf(file).match(/-c (?!stage=|name=)\w+=/g) ?? []).map((text) => `${file}: ${text}`),
  );
  expect(named).toEqual([]);
});

describe('a command that does not run is found', () => {
  const started = (...argv: string[]): StartedCommand => ({ place: 'x.md:1', argv, isInline: false });
  test.for([
    [started('node', 'bin/redrive.ts', 'prod', 'cdr-ingest'), 'a file needs a script'],
    [started('npm', 'run', 'redrives', '--', 'prod'), 'no script is named redrives'],
    [started('npm', 'run', 'redrive', '--', 'prod', 'cdr'), '<queue>'],
    [started('npm', 'run', 'redrive', '--', 'prod'), '<queue> is missing'],
    [started('npm', 'run', 'erase-person', '--erase'), 'write -- before it'],
    [started('npm', 'run', 'deploy', '--', 'prod', '--concurrency', 'all'), '--concurrency'],
    [started('npm', 'run', 'preflight', '--', 'prod', '--afterwards'), "Unknown option '--afterwards'"],
    [started('npm', 'run', 'soak', '--', 'no-such-test'), 'no test file'],
    [started('npx', 'cdk', 'deploys'), 'cdk has no command'],
    [started('aws', 'sqs', 'redrive'), 'no sqs redrive'],
    [started('aws', '--region', 'us-east-1', 'sqs', 'get-queue-url', '--queue', 'x'), 'no --queue '],
    [started('aws', 'sqs', 'get-queue-url'), 'needs --queue-name'],
    [started('curl', '-X', 'PUT', 'localhost:3000/numberz'), 'no endpoint is PUT /numberz'],
    [started('curl', 'http://localhost:3000/v1/sms', '-X', 'PUT', '-d', '{"to":7}'), 'message'],
    [started('wget', 'x'), 'wget is not known'],
  ] as const)('%j', async ([command, problem]) => {
    expect(await judge(command)).toContain(problem);
  });
});

test('the arguments of every tool are read, as an import starts none of them', async () => {
  // Makes types, or is all work from its first line on.
  const others = ['bin/openapi-types.ts', 'test/upgrade/record.ts'];
  const unread: string[] = [];
  for (const script of Object.keys(scripts)) {
    const file = fileOfScript(script);
    if (file === undefined || file.endsWith('.test.ts') || others.includes(file)) continue;
    if ((await toolOf(script)) === undefined) unread.push(file);
  }
  expect(unread).toEqual([]);
});

test('every script that runs a file of the project declares its arguments, and so has --help', () => {
  const files = Object.values(scripts).flatMap(
    (script) => script.match(/\b(?:bin|test)\/[\w/-]+\.ts(?!.*vitest)/g) ?? [],
  );
  // Makes the types for other steps, and takes nothing.
  const own = files.filter((file) => file !== 'bin/openapi-types.ts' && !file.endsWith('.test.ts'));
  expect(own.length).toBeGreaterThan(20);
  expect(own.filter((file) => !readFileSync(file, 'utf8').includes('command-line/command.ts'))).toEqual([]);
});
