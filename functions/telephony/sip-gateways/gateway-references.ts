import { AppError, errorKinds } from '#errors.ts';
import { isNamedBy, type Gateway } from '#telephony/gateway.ts';
import { referencesTo, type RoutingPolicy } from '../../dialplan/schema/policy.ts';
import type { DialplanTemplate } from '../../dialplan/schema/dialplan-template.ts';
import { gatewaysNamedIn } from '../../dialplan/schema/dialplan-template.ts';

/** References of the dial plan to a gateway: policies and the template name it by id or name. */

export const gatewayErrors = errorKinds({
  GATEWAY_NAME_EXISTS: [409, 'A gateway with this name exists.'],
  GATEWAY_IN_USE: [409, 'The gateway has active calls, or other resources refer to it; `details` lists them.'],
});

/** What may reference gateways. */
export type DialPlan = { readonly policies: readonly RoutingPolicy[]; readonly template: DialplanTemplate | undefined };

type Referrer = {
  readonly id: string;
  readonly message: string;
  /** Whether it references the gateway by name, which then cannot change. */
  readonly byName: boolean;
};

function templateReferences(gateway: Gateway, template: DialplanTemplate): string[] {
  return gatewaysNamedIn(template).filter((reference) =>
    isNamedBy(gateway, template.gateway_ids?.[reference.toLowerCase()] ?? reference),
  );
}

function referrersOf(gateway: Gateway, { policies, template }: DialPlan): Referrer[] {
  const referrer = (id: string, what: string, references: readonly string[]): Referrer[] =>
    references.length === 0
      ? []
      : [{ id, message: `${what} routes to it`, byName: references.some((reference) => reference !== gateway.id) }];
  return [
    ...policies.flatMap((policy) => referrer(policy.id, `policy ${policy.name}`, referencesTo(gateway, policy))),
    ...(template === undefined
      ? []
      : referrer(template.id, `template ${template.name}`, templateReferences(gateway, template))),
  ];
}

function assertNone(referrers: readonly Referrer[], consequence: string): void {
  if (referrers.length === 0) return;
  throw new AppError(gatewayErrors.GATEWAY_IN_USE, `The dial plan references this gateway; ${consequence}`, {
    details: referrers.slice(0, 20).map(({ id, message }) => ({ path: id, message })),
  });
}

/** @throws AppError GATEWAY_IN_USE, with details of up to 20 referrers */
export const assertNotReferenced = (gateway: Gateway, dialPlan: DialPlan): void =>
  assertNone(referrersOf(gateway, dialPlan), 'force=true deletes it and leaves these without a route');

/** @throws AppError GATEWAY_IN_USE while something references the gateway by its name */
export const assertNameNotReferenced = (gateway: Gateway, dialPlan: DialPlan): void =>
  assertNone(
    referrersOf(gateway, dialPlan).filter(({ byName }) => byName),
    'its name cannot change',
  );
