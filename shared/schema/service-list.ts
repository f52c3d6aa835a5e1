/** Services that an organization subscribes to (functions/accounts/README.md, "Subscriptions"). */

export const billingCycles = ['monthly', 'quarterly', 'annual'] as const;
export type BillingCycle = (typeof billingCycles)[number];

/** Periods (months) of each cycle. */
export const periodsOf: Readonly<Record<BillingCycle, number>> = { monthly: 1, quarterly: 3, annual: 12 };

/** One service, with the price of the time at which it was subscribed to. */
export type Service = {
  readonly service_type: string;
  readonly plan: string;
  readonly features: readonly string[];
  /** Price per cycle and unit: a decimal with 4 decimals. */
  readonly price: string;
  readonly cycle: BillingCycle;
  readonly currency: string;
  readonly quantity: number;
  /** ISO 8601. */
  readonly start_date: string;
  /** The first period that is charged ("2026-12"): the first that begins at the start or after it. */
  readonly first_period: string;
  /**
   * What is charged for the period in which it begins, if that is not its first one: from when (ISO 8601), and whether
   * it was booked with the subscription; else the close of the period books it. Absent: nothing is charged, as of
   * services that were subscribed to before there was such a charge.
   */
  readonly partial?: { readonly from: string; readonly booked: boolean };
  /** ISO 8601; null: not cancelled. */
  readonly cancelled_at: string | null;
  /** Until when a cancelled one is listed: the end of its period. ISO 8601. */
  readonly ends_at: string | null;
};

/** What services can belong to. */
export const servedEntities = ['user', 'device', 'line'] as const;
export type ServedEntity = (typeof servedEntities)[number];

/** The services of a user, device or phone line, as stored. */
export type ServiceList = {
  /** `sub_…` */
  readonly id: string;
  readonly entity: ServedEntity;
  /** Id of the user or device, user name of the phone line. */
  readonly entity_id: string;
  readonly services: readonly Service[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** Number of a month: `2026-12` is one more than `2026-11`. */
const monthOf = (period: string): number => Number(period.slice(0, 4)) * 12 + Number(period.slice(5));

/** Whether a period is one of those at whose start a cycle begins. */
export function beginsCycle({ first_period: first, cycle }: Pick<Service, 'first_period' | 'cycle'>, period: string) {
  const passed = monthOf(period) - monthOf(first);
  return passed >= 0 && passed % periodsOf[cycle] === 0;
}

/**
 * Whether a service is charged for a period: a cycle begins with it, and it was not cancelled before. What happens
 * after the start of the period changes nothing, so the answer is the same whenever it is asked.
 * @param start of the period, Unix milliseconds
 */
export const isChargedIn = (
  service: Pick<Service, 'first_period' | 'cycle' | 'cancelled_at'>,
  { name, start }: { readonly name: string; readonly start: number },
): boolean => beginsCycle(service, name) && (service.cancelled_at === null || Date.parse(service.cancelled_at) > start);
