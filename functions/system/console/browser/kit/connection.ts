import { useSyncExternalStore } from 'react';

/** Whether the server answers: followed at each request of the console, and asked for while it does not. */

export type Connection = 'good' | 'slow' | 'gone';

/** Milliseconds after which an answer is late. */
const late = 3_000;
/** Milliseconds between two questions to a server that does not answer: doubled each time. */
const waits = { first: 1_000, longest: 8_000 } as const;

let isGone = false;
const overdue = new Set<object>();
const followers = new Set<() => void>();
const returns = new Set<() => void>();

const notify = (): void => followers.forEach((follow) => follow());

const stateNow = (): Connection => {
  if (isGone) return 'gone';
  return overdue.size > 0 ? 'slow' : 'good';
};

/** Asks until there is an answer, whichever it is. */
async function ask(wait: number): Promise<void> {
  const isBack = await fetch('/health', { cache: 'no-store' }).then(
    ({ status }) => !isGatewayStatus(status),
    () => false,
  );
  if (isBack) setGone(false);
  else setTimeout(() => void ask(Math.min(2 * wait, waits.longest)), wait);
}

function setGone(next: boolean): void {
  if (isGone === next) return;
  isGone = next;
  notify();
  if (next) setTimeout(() => void ask(2 * waits.first), waits.first);
  else returns.forEach((take) => take());
}

/** Answers of what stands before a server that is gone (RFC 9110, 15.6.3 and 15.6.5). */
export const isGatewayStatus = (status: number): boolean => status === 502 || status === 504;

/** As `fetch`, and notes what it shows of the connection. */
export async function followedFetch(address: URL | string, init?: RequestInit): Promise<Response> {
  const request = {};
  const timer = setTimeout(() => {
    overdue.add(request);
    notify();
  }, late);
  try {
    const response = await fetch(address, init);
    setGone(isGatewayStatus(response.status));
    return response;
  } catch (error) {
    if (error instanceof TypeError) setGone(true);
    throw error;
  } finally {
    clearTimeout(timer);
    if (overdue.delete(request)) notify();
  }
}

/** @param take called each time when the server answers after it did not. @returns what ends that */
export function whenBack(take: () => void): () => void {
  returns.add(take);
  return () => void returns.delete(take);
}

/** Waits while the server is gone. */
export function untilBack(): Promise<void> {
  if (!isGone) return Promise.resolve();
  return new Promise((resolve) => {
    const end = whenBack(() => {
      end();
      resolve();
    });
  });
}

const follow = (change: () => void): (() => void) => {
  followers.add(change);
  return () => void followers.delete(change);
};

export const useConnection = (): Connection => useSyncExternalStore(follow, stateNow);
