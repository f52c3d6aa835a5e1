import { isIPv4 } from 'node:net';
import { second } from '#schema/time.ts';

/** Answers the address of the client as text. A Fargate task cannot read its public address anywhere else. */
const service = 'https://checkip.amazonaws.com';

/** Timeout of the service, in milliseconds. */
const timeout = 5 * second;

/**
 * The IPv4 address under which the Internet sees this process.
 * @throws Error if the service does not answer one
 */
export async function publicAddress(ask: typeof fetch = fetch): Promise<string> {
  const response = await ask(service, { signal: AbortSignal.timeout(timeout) });
  const address = (await response.text()).trim();
  if (!response.ok || !isIPv4(address)) throw new Error(`${service} answers no IPv4 address: ${response.status}`);
  return address;
}
