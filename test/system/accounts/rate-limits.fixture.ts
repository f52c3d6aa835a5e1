import { json, newKey, newAdministeredTenant, logInAsOperator } from '../tenant.fixture.ts';
import type { Cloud } from '../cloud.ts';

/** Concurrent requests of many clients, counted per rate-limit window. */

const clients = 64;

/** Accepted and sent requests of a window of one minute. */
export type Counted = { passed: number; asked: number };

/** Sends requests without pause from all clients, using the credentials in turn. */
export async function overload({ api }: Cloud, credentials: readonly string[], requests: number): Promise<Counted[]> {
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
  const { token } = await newAdministeredTenant('tenant', { cloud, operator: await logInAsOperator(cloud) });
  const keys: string[] = [];
  while (keys.length < count) keys.push((await newKey(cloud, token)).token);
  return keys;
}
