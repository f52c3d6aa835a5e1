import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '#infra/local/machine/free-port.ts';
import { compileMatcher } from '#functions/dialplan/plan/matcher/matcher.ts';
import { lazyPattern } from '#functions/dialplan/plan/lazy-pattern.ts';
import { missing } from '../support/tools.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { dialedStrings, realisticPatterns } from './dial-plans.ts';
import { median, medians, warm } from './timing.ts';

/**
 * Matching beside Kamailio's dialplan module (`dp_match`: PCRE, the first rule that matches), with the same rules and
 * strings.
 */

const rules = 10_000;
const block = 64;
const rounds = 3;

const measure: Benchmark = async () => {
  const what = `${rules.toLocaleString('en')} rules: Kamailio's dp_match`;
  if (missing(['kamailio']).length > 0)
    return [{ what: `${what}: skipped, kamailio is not installed`, measured: Number.NaN, unit: 'µs' }];
  const patterns = realisticPatterns(rules);
  const strings = dialedStrings(patterns, 16 * block, 1);
  const matcher = compileMatcher(patterns.map((text) => ({ pattern: lazyPattern(text) })));
  const ours = warm(strings, 20, (text) => matcher.matching(text)).p50;
  const theirs = median(medians(await kamailioRounds(patterns, strings)));
  const figure = (of: string, measured: number): Figure => ({ what: of, measured, unit: 'µs' });
  return [
    figure(`${what}, p50`, theirs),
    figure(`${rules.toLocaleString('en')} rules: matching, the same strings, p50`, ours),
    { what: "faster than Kamailio's dp_match", measured: theirs / ours, unit: '×', must: { atLeast: 200 } },
  ];
};

/** A value in a file of db_text: columns end with a colon. */
const column = (text: string): string => text.replace(/[\\:]/g, '\\$&');

/** The table of the dialplan module: one rule a line, all looked for as regular expressions, in their order. */
const table = (patterns: readonly string[]): string =>
  [
    'id(int,auto) dpid(int) pr(int) match_op(int) match_exp(string) match_len(int) ' +
      'subst_exp(string) repl_exp(string) attrs(string)',
    ...patterns.map((pattern, index) => `${index + 1}:1:${index}:1:${column(pattern)}:0:.*:x:x`),
    '',
  ].join('\n');

/**
 * A configuration that times blocks of matches as soon as its first worker is there, and writes when each began and
 * ended.
 */
const configuration = (strings: readonly string[], folder: string, port: number): string => `
debug=0
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:127.0.0.1:${port}
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "db_text.so"
loadmodule "dialplan.so"
modparam("dialplan", "db_url", "text://${folder}")
request_route { exit; }
route[MEASURE] {
${Array.from(
  { length: strings.length / block },
  (_, at) => `  $var(begun) = $TV(Sn);
${strings
  .slice(at * block, (at + 1) * block)
  .map((text) => `  dp_match("1", "${text}");`)
  .join('\n')}
  xlog("L_ALERT", "BLOCK $var(begun) $TV(Sn)\\n");`,
).join('\n')}
}
event_route[core:worker-one-init] {
${'  route(MEASURE);\n'.repeat(rounds)}  xlog("L_ALERT", "MEASURED\\n");
}
`;

/** Microseconds for a string, by rounds and blocks. */
async function kamailioRounds(
  patterns: readonly string[],
  strings: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-kamailio-'));
  writeFileSync(join(folder, 'version'), 'table_name(string) table_version(int)\ndialplan:2\n');
  writeFileSync(join(folder, 'dialplan'), table(patterns));
  writeFileSync(join(folder, 'kamailio.cfg'), configuration(strings, folder, await freePort()));
  const child = spawn(
    '/usr/sbin/kamailio',
    ['-f', join(folder, 'kamailio.cfg'), '-DD', '-E', '-Y', folder, '-P', join(folder, 'pid'), '-m', '512', '-M', '64'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    const times = await timesToldBy(child);
    const blocks = strings.length / block;
    return Array.from({ length: rounds }, (_, round) => times.slice(round * blocks, (round + 1) * blocks));
  } finally {
    child.kill();
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true });
  }
}

async function timesToldBy({ stderr }: ChildProcess): Promise<readonly number[]> {
  const times: number[] = [];
  const others: string[] = [];
  if (stderr === null) return times;
  for await (const line of createInterface(stderr)) {
    const [, begun, ended] = /BLOCK ([0-9.]+) ([0-9.]+)/.exec(line) ?? [];
    if (begun !== undefined) times.push(((Number(ended) - Number(begun)) * 1_000_000) / block);
    else if (line.includes('MEASURED')) return times;
    else others.push(line);
  }
  throw new Error(`kamailio ended: ${others.slice(0, 12).join('\n')}`);
}

export default measure;
