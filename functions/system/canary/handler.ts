import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { runScheduled } from '#runtime/schedule.ts';
import { canary } from './contract.ts';

/** Milliseconds that a client would wait. */
const timeout = 10_000;

/** A stage without a public URL has a name that never exists (RFC 2606 §2). */
const isReachable = (url: URL): boolean => !url.hostname.endsWith('.invalid');

/** @throws Error unless the API answers 200 in time; alarms count failed runs */
async function askForHealth(base: string): Promise<void> {
  const url = new URL('/health', base);
  if (!isReachable(url)) return;
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeout), redirect: 'error' });
  await answer.body?.cancel();
  if (answer.status !== 200) throw new Error(`GET ${url.href} answers ${answer.status}`);
}

export const canaryHandler = (dependencies = dependenciesFromEnvironment()) =>
  runScheduled(canary, () => askForHealth(dependencies.environment['PUBLIC_URL'] ?? ''), dependencies);

export const handler = canaryHandler();
