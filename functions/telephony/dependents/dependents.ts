import { CallHandling, forwardsIn, type ForwardTarget } from '#telephony/call-handling.ts';
import { referencesIn } from '../call-flows/flow-references.ts';
import type { CallFlow } from '../schema/call-flow.ts';
import { dependentsAmong, type Dependent, type Naming, type Target } from '../schema/dependent.ts';

/** Flows and users that depend on a user, call flow, ring group or schedule. */

type Flow = Pick<CallFlow, 'id' | 'name' | 'steps' | 'external_policy'>;

/** Extensions that the steps of a flow call. */
const dialedIn = ({ steps }: Flow): Naming[] =>
  Object.entries(steps).flatMap(([name, step]) =>
    step.type === 'dial'
      ? step.to.flatMap((party, index) =>
          typeof party === 'string' ? [{ kind: 'extension', id: party, path: `steps.${name}.to[${index}]` }] : [],
        )
      : [],
  );

/** Other flows that go on in a flow, or call it or a user. */
export const dependentFlows = (target: Target, flows: readonly Flow[]): Dependent[] =>
  dependentsAmong(
    'flow',
    target,
    flows.filter(({ id }) => id !== target.id),
    (flow) => [...referencesIn(flow), ...dialedIn(flow)],
  );

const namingIn = (to: ForwardTarget, path: string): Naming =>
  typeof to === 'string' ? { kind: 'extension', id: to, path } : { kind: to.type, id: to.id, path: `${path}.id` };

const namingsIn = (handling: CallHandling): Naming[] => [
  ...forwardsIn(handling).flatMap(({ to, path }) => (to === null ? [] : [namingIn(to, path)])),
  ...(handling.schedule === null ? [] : [{ kind: 'schedule', id: handling.schedule, path: 'schedule' }]),
];

/** Other users who forward calls, or have the hours of a schedule. Their name is their id. @param settings as stored */
export const dependentUsers = (target: Target, settings: readonly { readonly user_id: string }[]): Dependent[] =>
  dependentsAmong(
    'user',
    target,
    settings
      .filter(({ user_id: id }) => id !== target.id)
      .map((each) => ({ ...each, id: each.user_id, name: each.user_id })),
    (each) => namingsIn(CallHandling.parse(each)),
  );
