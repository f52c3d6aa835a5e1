import { emptyPlan } from './empty-plan.ts';
import { applyChanges, compilePlan, type CompiledPlan, type Home, type Plan, type PlanChange } from './plan.ts';

/** Where a plan comes from. */
export type PlanSource = {
  /** The newest plan that is stored whole (the empty one if none is), and all changes behind it. */
  readonly stored: () => Promise<StoredPlan>;
  /** All changes behind a version, by rising version. */
  readonly changesBehind: (version: number) => Promise<readonly PlanChange[]>;
};

export type StoredPlan = { readonly snapshot: Plan; readonly changes: readonly PlanChange[] };

type Wanted = {
  readonly organization: number;
  /** This one, or a newer. */ readonly version: number;
  readonly home: Home;
};

/** The plans of many organizations, compiled and brought up to date as they are asked for. */
export type CompiledPlans = {
  readonly current: (wanted: Wanted, source: PlanSource) => Promise<CompiledPlan>;
};

type Kept = { readonly plan: Plan; readonly home: Home; readonly compiled: CompiledPlan };

/** Keeps as many plans as fit in so many bytes, those that were used last, and always the newest. */
export function compiledPlans(capacity: number): CompiledPlans {
  // In the order of their last use.
  const kept = new Map<number, Kept>();
  let size = 0;
  const underWay = new Map<number, Promise<Plan>>();

  const forget = (organization: number): void => {
    size -= kept.get(organization)?.compiled.size ?? 0;
    kept.delete(organization);
  };

  const keep = (organization: number, plan: Plan, home: Home): CompiledPlan => {
    const known = kept.get(organization);
    const isSame = known?.plan === plan && known.home.timezone === home.timezone && known.home.country === home.country;
    const entry = isSame ? known : { plan, home, compiled: compilePlan(plan, home, known?.compiled) };
    forget(organization);
    kept.set(organization, entry);
    size += entry.compiled.size;
    if (size > capacity) for (const other of kept.keys()) if (size > capacity && other !== organization) forget(other);
    return entry.compiled;
  };

  /** One at a time for each organization: who comes meanwhile waits for the same one. */
  const broughtUpToDate = (organization: number, plan: Plan | undefined, source: PlanSource): Promise<Plan> => {
    const loading = underWay.get(organization) ?? newest(plan, source).finally(() => underWay.delete(organization));
    underWay.set(organization, loading);
    return loading;
  };

  return {
    current: async ({ organization, version, home }, source) => {
      let plan = kept.get(organization)?.plan ?? (version === 0 ? emptyPlan : undefined);
      // A reading that began before this version was saved may end without it; the next one has it.
      for (let reading = 1; plan === undefined || plan.version < version; reading += 1) {
        if (reading > 2) throw new Error(`the plan of organization ${organization} ends before version ${version}`);
        plan = await broughtUpToDate(organization, plan, source);
      }
      return keep(organization, plan, home);
    },
  };
}

/** The plan with all changes behind it; anew from the snapshot where one of them is missing. */
async function newest(plan: Plan | undefined, source: PlanSource): Promise<Plan> {
  const carriedOn = plan === undefined ? null : applyChanges(plan, await source.changesBehind(plan.version));
  if (carriedOn !== null) return carriedOn;
  return wholePlan(await source.stored());
}

/** @throws Error where a change is missing */
export function wholePlan({ snapshot, changes }: StoredPlan): Plan {
  const whole = applyChanges(snapshot, changes);
  if (whole === null) throw new Error(`a change behind version ${snapshot.version} of a plan is missing`);
  return whole;
}
