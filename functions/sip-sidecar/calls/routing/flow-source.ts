import { scheduleState, type Schedule } from '#telephony/schedule.ts';
import { idsOf, referencesIn } from '#functions/telephony/call-flows/flow-references.ts';
import type { CallFlow } from '#functions/telephony/schema/call-flow.ts';
import type { StartApplication } from './application.ts';
import type { Directory } from './directory.ts';
import { flowApplication, type FlowDependencies } from './flow-application.ts';

/** The dependencies of the flows of calls. */
export type FlowSourceDependencies = Pick<FlowDependencies, 'random' | 'warn' | 'fault'> & {
  readonly directory: Pick<Directory, 'callFlow' | 'schedule' | 'sound'>;
  readonly clock: () => Date;
};

/** Finds the flows that calls walk through. */
export type FlowSource = {
  /** What begins a flow; undefined: there is none, or it is not enabled. */
  readonly start: (organization: number, flow: string) => Promise<StartApplication | undefined>;
};

/** Reads flows, and the schedules that they name, when a call comes to them; sounds when they are played. */
export const flowSource = ({ directory, clock, ...others }: FlowSourceDependencies): FlowSource => ({
  start: async (organization, id) => {
    const schedules = new Map<string, Schedule>();
    const load = async (wanted: string): Promise<CallFlow | undefined> => {
      const flow = await directory.callFlow(organization, wanted);
      if (flow?.enabled !== true) return undefined;
      const found = await Promise.all(
        idsOf(referencesIn(flow), 'schedule').map(async (schedule) => ({
          schedule,
          hours: await directory.schedule(organization, schedule),
        })),
      );
      for (const { schedule, hours } of found) if (hours !== undefined) schedules.set(schedule, hours);
      return flow;
    };
    const flow = await load(id);
    if (flow === undefined) return undefined;
    return flowApplication(flow, {
      ...others,
      now: () => clock().getTime(),
      schedule: (schedule) => {
        const hours = schedules.get(schedule);
        return hours === undefined ? undefined : scheduleState(hours, clock());
      },
      sound: (file) => directory.sound(organization, file),
      flow: load,
    });
  },
});
