import { emptyPlan } from './plan-change.ts';
import { compilePlan, type CompiledPlan, type Locale, type Plan, type PlanChange } from './plan.ts';
import { applyChanges } from './plan-change.ts';

/** Reads a stored plan. */
export type PlanSource = {
  /** The newest snapshot (the empty plan if there is none) and all changes after it. */
  readonly load: () => Promise<StoredPlan>;
  /** All changes after a version, by rising version. */
  readonly changesAfter: (version: number) => Promise<readonly PlanChange[]>;
};

export type StoredPlan = { readonly snapshot: Plan; readonly changes: readonly PlanChange[] };

type PlanRequest = {
  readonly organization: number;
  /** The oldest version that is acceptable. */
  readonly version: number;
  readonly locale: Locale;
};

/** Compiled plans of many organizations. */
export type PlanCache = {
  /** The plan at the requested version or a newer one. Reads from the source only what the cache lacks. */
  readonly get: (request: PlanRequest, source: PlanSource) => Promise<CompiledPlan>;
};

/** @param capacity bytes; beyond it the least recently used plans are evicted, but never the newest */
export function planCache(capacity: number): PlanCache {
  const compiled = new CompiledPlans(capacity);
  const loader = new PlanLoader();
  return {
    get: async ({ organization, version, locale }, source) => {
      let plan = compiled.planOf(organization) ?? (version === 0 ? emptyPlan : undefined);
      // A read that began before the save of this version may end without it; the next read has it.
      for (let attempt = 1; plan === undefined || plan.version < version; attempt += 1) {
        if (attempt > 2) throw new Error(`the plan of organization ${organization} ends before version ${version}`);
        plan = await loader.load(organization, plan, source);
      }
      return compiled.put(organization, plan, locale);
    },
  };
}

type CacheEntry = { readonly plan: Plan; readonly locale: Locale; readonly compiled: CompiledPlan };

/** Compiled plans, least recently used first. */
class CompiledPlans {
  readonly #capacity: number;
  readonly #entries = new Map<number, CacheEntry>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  planOf(organization: number): Plan | undefined {
    return this.#entries.get(organization)?.plan;
  }

  /** Compiles a plan unless it is compiled for this locale, and makes it the most recently used. */
  put(organization: number, plan: Plan, locale: Locale): CompiledPlan {
    const known = this.#entries.get(organization);
    const isSame =
      known?.plan === plan && known.locale.timezone === locale.timezone && known.locale.country === locale.country;
    const entry = isSame ? known : { plan, locale, compiled: compilePlan(plan, locale, known?.compiled) };
    this.#remove(organization);
    this.#entries.set(organization, entry);
    this.#size += entry.compiled.size;
    if (this.#size > this.#capacity) this.#evict(organization);
    return entry.compiled;
  }

  #evict(newest: number): void {
    for (const organization of this.#entries.keys())
      if (this.#size > this.#capacity && organization !== newest) this.#remove(organization);
  }

  #remove(organization: number): void {
    this.#size -= this.#entries.get(organization)?.compiled.size ?? 0;
    this.#entries.delete(organization);
  }
}

/** Loads one plan per organization at a time: concurrent callers share the same read. */
class PlanLoader {
  readonly #loading = new Map<number, Promise<Plan>>();

  load(organization: number, plan: Plan | undefined, source: PlanSource): Promise<Plan> {
    const loading =
      this.#loading.get(organization) ?? newestPlan(plan, source).finally(() => this.#loading.delete(organization));
    this.#loading.set(organization, loading);
    return loading;
  }
}

/** The plan with all later changes applied; loaded again from the snapshot if one of them is missing. */
async function newestPlan(plan: Plan | undefined, source: PlanSource): Promise<Plan> {
  const newest = plan === undefined ? null : applyChanges(plan, await source.changesAfter(plan.version));
  return newest ?? assemblePlan(await source.load());
}

/** The snapshot with the changes applied. @throws Error if a change is missing */
export function assemblePlan({ snapshot, changes }: StoredPlan): Plan {
  const plan = applyChanges(snapshot, changes);
  if (plan === null) throw new Error(`a change after version ${snapshot.version} of a plan is missing`);
  return plan;
}
