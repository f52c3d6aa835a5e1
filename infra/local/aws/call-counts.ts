import type { AwsCall } from './aws-call.ts';

/** Calls by function (`operator`: those of event producers and of the interpreter), service and operation. */
export type CountedCalls = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Where the endpoint says its counts, without a signature: it listens on loopback only. */
const countsPath = '/_local/calls';

/** Whether the counts are asked for. */
export const isCountsRequest = ({ method, url }: Pick<AwsCall, 'method' | 'url'>): boolean =>
  method === 'GET' && url === countsPath;

/** How often each function has called AWS since the start: what a feature costs, apart from the machine's pace. */
export class CallCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  /** @param name of the function */
  count(name: string, { service, operation }: Pick<AwsCall, 'service' | 'operation'>): void {
    const ofFunction = this.#counts.get(name) ?? new Map<string, number>();
    this.#counts.set(name, ofFunction);
    const called = `${service ?? 'unknown'}.${operation}`;
    ofFunction.set(called, (ofFunction.get(called) ?? 0) + 1);
  }

  all(): CountedCalls {
    return Object.fromEntries([...this.#counts].map(([name, of]) => [name, Object.fromEntries(of)]));
  }
}
