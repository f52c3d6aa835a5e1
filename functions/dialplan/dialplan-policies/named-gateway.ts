import { isNamedBy } from '#telephony/gateway.ts';
import type { Policy } from './policy.ts';

type GatewayActions = {
  readonly gateway?: string | undefined;
  readonly failover_gateways?: readonly string[] | undefined;
};

/** The gateways that a policy names, in the order of trying; none if the template routes its calls. */
export const gatewaysOf = (actions: GatewayActions): readonly string[] =>
  actions.gateway === undefined ? [] : [actions.gateway, ...(actions.failover_gateways ?? [])];

/** The part of a policy that names gateways. */
export type RoutingPolicy = Pick<Policy, 'id' | 'name' | 'priority' | 'conditions' | 'actions' | 'gateway_ids'>;

/** The references of a policy to a gateway: its id, a name that a save resolved to it, or its unresolved name. */
export const referencesTo = (
  gateway: { readonly id: string; readonly name: string },
  { actions, gateway_ids: resolvedIds = {} }: RoutingPolicy,
): string[] =>
  gatewaysOf(actions).filter((reference) => isNamedBy(gateway, resolvedIds[reference.toLowerCase()] ?? reference));
