import { setTimeout as pause } from 'node:timers/promises';
import { channelName, type ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { Channel } from '#telephony/call.ts';
import { second } from '#schema/time.ts';
import type { CallHandling } from '#telephony/call-handling.ts';
import type { RightOf } from '../../rights/watching-rights.ts';
import { causeNamed } from '../call/causes.ts';
import type { Directory } from '../directory/directory.ts';
import type { Acceptance } from '../applications/application.ts';
import type { Caller } from './caller.ts';
import { internal, rejection, type Route } from './route.ts';
import { targetsOf } from './sip-targets.ts';

/** A call that a phone answers by itself, with the consent of its user (`callhandling.intercom`). */

/** The dependencies of intercom. */
export type IntercomDependencies = {
  readonly directory: Pick<Directory, 'ownerOfExtension' | 'callHandling' | 'contactsOfUsers' | 'isInCall'>;
  readonly rightOf: RightOf;
  readonly fault: (error: unknown) => void;
};

/** The phone hears a beep, and is not heard until that is over: for a second at least, also if no beep plays. */
const consentOf = (fault: IntercomDependencies['fault']): Acceptance => ({
  announcement: async () => {
    await pause(second);
    return [{ platform: 'beep' }];
  },
  onSkipped: fault,
  key: null,
});

const busy = { kind: 'rejected', reason: 'BUSY', status: 486, cause: causeNamed('USER_BUSY') } as const;

/** Nothing else may have these channels. */
const alone = (channels: readonly Channel[]): ChannelLimits =>
  Object.fromEntries(channels.map((each) => [channelName(each), { total: 1 }]));

/** Whether a user lets a caller speak over its phone. @param isNear whether the caller is in a group with the user */
export const permitsIntercom = (
  { intercom, do_not_disturb }: Pick<CallHandling, 'intercom' | 'do_not_disturb'>,
  isNear: boolean,
): boolean => !do_not_disturb && (intercom === 'organization' || (intercom === 'group' && isNear));

/** The first phone of the user with an extension, if the user permits it and the phone is in no call. */
export async function routeIntercom(
  extension: string | null,
  { organization, user_id: by, authUser: username }: Caller,
  { directory, rightOf, fault }: IntercomDependencies,
): Promise<Route> {
  const { org_id: number } = organization;
  const user = extension === null ? undefined : await directory.ownerOfExtension(number, extension);
  // Whether there is such an extension is not told.
  if (extension === null || user?.startsWith('usr_') !== true || user === by)
    return rejection('INTERCOM_NOT_PERMITTED');
  const [settings, right] = await Promise.all([
    directory.callHandling(number, user),
    rightOf({ organization: number, username, extension }),
  ]);
  if (!permitsIntercom(settings, right?.isNear === true)) return rejection('INTERCOM_NOT_PERMITTED');
  const [phone] = targetsOf(await directory.contactsOfUsers(number, [user]));
  if (phone === undefined) return rejection('NO_ROUTE');
  if (await directory.isInCall(number, phone.channels)) return busy;
  const route = internal([{ ...phone, accept: consentOf(fault), answersItself: true }]);
  // Of two calls at once one finds the phone free: a phone that answers by itself would leave its first caller.
  return { ...route, channels: phone.channels, limits: alone(phone.channels) };
}
