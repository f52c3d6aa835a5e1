import { isNamedBy } from '../../../shared/telephony/gateway.ts';
import { gatewaysOf, type Policy } from './policy.ts';

/** What of a policy says over which gateways it routes. */
export type RoutingPolicy = Pick<Policy, 'id' | 'name' | 'priority' | 'conditions' | 'actions' | 'gateway_ids'>;

/**
 * By what a policy names a gateway: its id, the name behind which it remembers it, or a name that nobody had when it
 * was saved.
 */
export const referencesTo = (
  gateway: { readonly id: string; readonly name: string },
  { actions, gateway_ids: resolvedIds = {} }: RoutingPolicy,
): string[] =>
  gatewaysOf(actions).filter((reference) => isNamedBy(gateway, resolvedIds[reference.toLowerCase()] ?? reference));
