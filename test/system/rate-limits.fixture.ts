import { json, newKey, newTenant, logInAsOperator } from './tenant.fixture.ts';
import type { Cloud } from './cloud.ts';

/** Requests of many clients at once, counted by the window in which they were answered. */

const clients = 64;

/** Of one window of a minute: what was let through, and what was asked. */
export type Counted = { passed: number; asked: number };

/** Sends requests as fast as the clients can, each with the next of the credentials. */
export async function hammer({ api }: Cloud, credentials: readonly string[], requests: number): Promise<Counted[]> {
  const windows = new Map<string, Counted>();
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent < requests) {
      const token = credentials[sent % credentials.length] ?? '';
      sent += 1;
      const { status, headers } = await api('/auth/session', { headers: json, token });
      if (status !== 200 && status !== 429) throw new Error(`GET /auth/session answers ${status}`);
      const window = headers.get('x-ratelimit-reset') ?? '';
      const counted = windows.get(window) ?? { passed: 0, asked: 0 };
      windows.set(window, counted);
      counted.asked += 1;
      if (status === 200) counted.passed += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return [...windows.values()];
}

/** Access keys of one new tenant. */
export async function credentialsOf(cloud: Cloud, count: number): Promise<string[]> {
  const { token } = await newTenant(cloud, await logInAsOperator(cloud));
  const keys: string[] = [];
  while (keys.length < count) keys.push((await newKey(cloud, token)).token);
  return keys;
}
