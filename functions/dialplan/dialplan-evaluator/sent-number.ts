import type { Decision } from './decide.ts';
import { type GatewayDirectory, referenceTo } from './gateways.ts';

/**
 * The number that a call is priced by: that which the first gateway is sent, after the template or `strip`, and without
 * the `prefix` of the gateway, which only the carrier needs (functions/dialplan/README.md, "Credit and limits").
 * @returns null if the call goes over no gateway
 */
export function sentNumber(
  { routes, rule }: Pick<Decision, 'routes' | 'rule'>,
  dialed: string,
  gateways: GatewayDirectory,
): string | null {
  const [first] = routes;
  if (first === undefined) return null;
  // A rule of the template writes the number itself, at the end of its dial string.
  if (rule !== null) return first.destination.slice(first.destination.lastIndexOf('/') + 1);
  if (first.gateway === null) return dialed;
  const gateway = gateways.find(referenceTo(first.gateway), undefined);
  return gateway === undefined || gateway === 'gone' ? dialed : dialed.slice(gateway.strip);
}
