/**
 * `npm run verify-archive -- <folder or s3://bucket/prefix> --keys <file or URL>`: says of each archive whether its
 * manifest, signature, parts, counts and chain hold, and where not (shared/archive/README.md). It needs the public keys
 * only, and nothing of the platform. Exit code 0: everything holds; 1: something does not; 2: wrong use.
 *
 * `--head <sha256>`: the hash that the event log published last; finds a chain that is cut at its end.
 * `--from <sha256>`: the hash before the oldest archive, if older ones have expired.
 * `--endpoint <URL>`: another S3, as that of `npm start`. `--json`: the verdict as JSON.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { command, CommandError, run } from './command-line/command.ts';
import { bucketSource } from './verify-archive/source.ts';
import { folderSource } from './verify-archive/source.ts';
import { readKeys, type ArchiveKeys } from './verify-archive/signature.ts';
import type { Source } from './verify-archive/source.ts';
import { verifyArchives, type Verdict } from './verify-archive/verify.ts';

const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'must have 64 hexadecimal digits');

export const tool = command({
  name: 'verify-archive',
  purpose: 'Says of each archive whether its manifest, signature, parts, counts and chain hold, and where not.',
  arguments: { archives: z.string().describe('a folder, or s3://bucket/prefix') },
  options: {
    keys: z.string().describe('file or URL of the public keys'),
    head: Hash.optional().describe('the hash that the event log published last: finds a chain that is cut at its end'),
    from: Hash.optional().describe('the hash before the oldest archive, if older ones have expired'),
    endpoint: z.url('must be a URL').optional().describe('another S3, as that of `npm start`'),
    json: z.boolean().default(false).describe('prints the verdict as JSON'),
  },
});

async function keysAt(where: string): Promise<ArchiveKeys> {
  if (!/^https?:/.test(where)) return readKeys(readFileSync(where, 'utf8'));
  const answer = await fetch(where);
  if (!answer.ok) throw new CommandError(`${where} answers ${answer.status}`);
  return readKeys(await answer.text());
}

function sourceAt(where: string, endpoint: string | undefined): Source {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?([^]*)$/.exec(where) ?? [];
  return bucket === undefined ? folderSource(where) : bucketSource(bucket, prefix, endpoint);
}

function printArchives({ archives, unfinished }: Verdict): void {
  for (const { archive_id, org_id, class: of, records, parts, replaced, findings: own } of archives) {
    const state = own.length === 0 ? 'holds' : `${own.length} findings`;
    console.log(`org_${org_id} ${of} ${archive_id}: ${records} records in ${parts} parts: ${state}`);
    for (const { key, replaced_by, reason } of replaced)
      console.log(`  ${key} was replaced by ${replaced_by}: ${reason}`);
    for (const { key, problem } of own) console.error(`  ${key} ${problem}`);
  }
  for (const folder of unfinished) console.log(`${folder} has no manifest: it is no archive`);
}

function print(verdict: Verdict): void {
  const { archives, chains, findings, holds } = verdict;
  printArchives(verdict);
  for (const { org_id, length, last, problems } of chains) {
    const state = problems.length === 0 ? 'holds' : `${problems.length} findings`;
    console.log(`org_${org_id}: chain of ${length} manifests up to ${last}: ${state}`);
    for (const { key, problem } of problems) console.error(`  ${key === null ? '' : `${key} `}${problem}`);
  }
  for (const { key, problem } of findings) console.error(`${key} ${problem}`);
  console.log(
    holds ? 'Everything holds.' : archives.length === 0 ? 'There is no archive.' : 'Something does not hold.',
  );
}

if (import.meta.main)
  await run(tool, async ({ archives, keys, head, from, endpoint, json }) => {
    const verdict = await verifyArchives(sourceAt(archives, endpoint), { keys: await keysAt(keys), head, from });
    if (json) console.log(JSON.stringify(verdict, null, 2));
    else print(verdict);
    process.exitCode = verdict.holds ? 0 : 1;
  });
