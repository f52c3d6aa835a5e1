import { noManifest } from './manifest.ts';

/** The chain of the manifests of an organization: each names the hash of the one before. */

export type Link = { readonly key: string; readonly sha256: string; readonly previous: string };

export type ChainReport = {
  readonly length: number;
  /** Hash of the last manifest; null without one. */
  readonly last: string | null;
  readonly problems: readonly { readonly key: string | null; readonly problem: string }[];
};

type Problem = ChainReport['problems'][number];

/** The manifests from a hash on, and those that contend for a predecessor. */
function reach(links: readonly Link[], from: string) {
  const successors = Map.groupBy(links, ({ previous }) => previous);
  const reached = new Set<string>();
  const forks: Problem[] = [];
  let last = from;
  for (let next = successors.get(last); next !== undefined; next = successors.get(last)) {
    const [link, ...others] = next;
    if (link === undefined || reached.has(link.sha256)) break;
    for (const { key } of others) forks.push({ key, problem: `forks the chain: ${link.key} has the same predecessor` });
    reached.add(link.sha256);
    last = link.sha256;
  }
  return { reached, forks, last: reached.size === 0 ? null : last };
}

/**
 * Follows a chain.
 * @param from the hash before the first manifest: 64 zeros unless older archives have expired
 * @param head the hash that the event log published last, which must be in the chain
 */
export function followChain(
  links: readonly Link[],
  { from = noManifest, head }: { readonly from?: string | undefined; readonly head?: string | undefined },
): ChainReport {
  const { reached, forks, last } = reach(links, from);
  const known = new Set([from, ...links.map(({ sha256 }) => sha256)]);
  const cuts = links
    .filter(({ previous }) => !known.has(previous))
    .map(({ key, previous }) => ({ key, problem: `follows ${previous}, which is missing: the chain is cut` }));
  const isWhole = head === undefined || head === from || reached.has(head);
  const end = { key: null, problem: `the chain is cut at its end: the manifest ${head} is missing` };
  return { length: reached.size, last, problems: [...forks, ...cuts, ...(isWhole ? [] : [end])] };
}
