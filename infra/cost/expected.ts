import { relayMetrics, sidecarMetrics } from '#contract/sidecar-metrics.ts';
import { maxZones, type Settings } from '../settings.ts';
import { monthOfQuantities, type PriceList } from './cost.ts';
import { hours, idleReceives, insightMetrics } from './meters.ts';

/** What the settings do not say: numbers of a stage's resources. */
type Counts = {
  /** Of the stack of operations. */
  readonly alarms: number;
  readonly objectives: number;
  readonly queues: number;
  readonly secrets: number;
  readonly relays: number;
};

/** Metrics of the alarms in the stack of objectives, for each objective: 21 to 30 for four, by the settings. */
const metricsOfObjective = 6.5;

const megabytesOfEvaluator = 1_769;

/**
 * US dollars of an idle month by the settings alone, for a budget that the templates contain. A test compares it with
 * the bill of the templates.
 */
export function expectedMonth(settings: Settings, counts: Counts, list: PriceList): number {
  const { sip, sipTasks, sipEgress, provisionedConcurrency } = settings;
  const [zones, relays] = [Math.min(sipTasks, maxZones), settings.mediaRelay ? counts.relays : 0];
  const [tasks, share] = [sip === 'off' ? 0 : sipTasks, sipTasks === 1 ? 0.25 : 0.5];
  const balancers = { on: 2, udp: 1, off: 0 }[sip];
  const services = Number(tasks > 0) + Number(relays > 0);
  const isWatched = settings.alarms === 'all';
  const nats = sipEgress === 'nat' && tasks > 0 ? zones : 0;
  return monthOfQuantities(
    {
      balancerHour: balancers * hours,
      publicAddressHour: (balancers * zones + (nats || tasks) + relays) * hours,
      fargateCpuHour: (tasks * share + relays) * hours,
      fargateGbHour: 2 * (tasks * share + relays) * hours,
      endpointHour: tasks === 0 ? 0 : zones * hours,
      natHour: nats * hours,
      lambdaProvisionedGbSecond: provisionedConcurrency * (megabytesOfEvaluator / 1_024) * hours * 3_600,
      alarmMetric: counts.alarms + counts.objectives * metricsOfObjective,
      compositeAlarm: counts.objectives,
      customMetric:
        (tasks > 0 ? Object.keys(sidecarMetrics).length : 0) +
        (relays > 0 ? Object.keys(relayMetrics).length : 0) +
        (isWatched && services > 0 ? insightMetrics(services) : 0),
      dashboard: Number(isWatched),
      kmsKey: Number(isWatched),
      secret: counts.secrets,
      sqsRequest: counts.queues * idleReceives,
    },
    list,
  );
}

/** A budget leaves half of the expected month for use. Its first warning, at 80 %, is above the idle month. */
export const budgetFor = (expected: number): number => Math.ceil(1.5 * expected);
