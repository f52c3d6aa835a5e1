import { isNamedBy } from '../../../shared/telephony/gateway.ts';
import { gatewaysOf, type Policy } from './policy.ts';

/** The part of a policy that names gateways. */
export type RoutingPolicy = Pick<Policy, 'id' | 'name' | 'priority' | 'conditions' | 'actions' | 'gateway_ids'>;

/** The references of a policy to a gateway: its id, a name that a save resolved to it, or its unresolved name. */
export const referencesTo = (
  gateway: { readonly id: string; readonly name: string },
  { actions, gateway_ids: resolvedIds = {} }: RoutingPolicy,
): string[] =>
  gatewaysOf(actions).filter((reference) => isNamedBy(gateway, resolvedIds[reference.toLowerCase()] ?? reference));
