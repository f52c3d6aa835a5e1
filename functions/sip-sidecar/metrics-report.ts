import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metricsInterval, metricsVariable } from '#contract/sidecar-metrics.ts';
import { second } from '#schema/time.ts';
import type { Peers } from './maintenance.ts';
import { deltaOf, metricsLine } from './metrics.ts';
import { runPeriodically } from './periodic.ts';
import type { SipEndpoint } from './sip-endpoint.ts';
import type { Task } from './task.ts';

const nanosecondsPerMillisecond = 1e6;

/** Prints the metrics of the task once a minute, if a namespace is set. */
export function reportMetrics(
  task: Task,
  { registrar, transports, stack, admission }: SipEndpoint,
  peers: Peers,
): void {
  const { dependencies, running, now, fault } = task;
  const namespace = dependencies.environment[metricsVariable];
  if (namespace === undefined) return;
  const delay = monitorEventLoopDelay();
  delay.enable();
  running.defer(() => void delay.disable());
  const [droppedPackets, faults] = [deltaOf(() => admission.droppedPackets()), deltaOf(task.faults)];
  const report = async (): Promise<void> => {
    const values = {
      Tasks: 1,
      Bindings: registrar.owned.size,
      Connections: transports.connections(),
      Transactions: stack.transactions(),
      Gateways: peers.gateways.size,
      Trunks: peers.trunks.size,
      DroppedPackets: droppedPackets(),
      Faults: faults(),
      Delay: Math.round(delay.percentile(99) / nanosecondsPerMillisecond),
    };
    dependencies.print(metricsLine(namespace, values, now()));
    delay.reset();
  };
  running.defer(runPeriodically(metricsInterval * second, report, fault));
}
