import { announcementLanguage } from '#schema/recording-notice.ts';
import type { PromptName } from '#schema/prompt.ts';
import { featureOf, type DialedFeature } from '#telephony/feature-codes.ts';
import { settingOfLine, type SettingLine } from '#telephony/setting-lines.ts';
import { promptSounds, spokenDigits } from '../../media/spoken.ts';
import { announcement, announcementOf } from '../applications/announcement.ts';
import type { StartApplication } from '../applications/application.ts';
import type { Directory } from '../directory/directory.ts';
import type { FlowSource } from '../applications/flow-source.ts';
import { echoing } from '../applications/answering.ts';
import type { Caller } from './caller.ts';
import { changeByCode, switchSchedule, type FeatureChangesDependencies } from './feature-changes.ts';
import { routeIntercom, type IntercomDependencies } from './intercom.ts';
import { internal, type Route } from './route.ts';
import { applicationTarget } from './target.ts';

/** Where a phone is routed that dials a code of a feature; undefined: it dials none, and what it dials is called. */
export type FeatureRoute = (dialed: string, caller: Caller) => Promise<Route | undefined> | Route | undefined;

/** `park`: parks the call that a phone has. @returns what it hears */
type FeatureDependencies = FeatureChangesDependencies &
  IntercomDependencies & {
    readonly park: (caller: Caller) => Promise<readonly PromptName[]>;
    readonly flows: Pick<FlowSource, 'mailbox'>;
    readonly directory: Pick<Directory, 'user' | 'mailboxOfUser'>;
  };

/**
 * A mailbox that the caller types, or that of the user of its phone, which its credentials prove. A user that has none
 * types one.
 */
async function visitMailbox(
  name: 'mailbox' | 'any_mailbox',
  { organization: { org_id: organization }, user_id: id }: Caller,
  { flows, directory }: Pick<FeatureDependencies, 'flows' | 'directory'>,
): Promise<StartApplication> {
  const user = id === null || name === 'any_mailbox' ? undefined : await directory.user(organization, id);
  const mailbox = user === undefined ? undefined : await directory.mailboxOfUser(organization, user);
  return flows.mailbox(organization, { mailbox: mailbox ?? null, user: id });
}

/** What is said of a phone. The user name of a phone line whose user has no extension is not said. */
export function ownNumberPrompts({ party, number }: Pick<Caller, 'party' | 'number'>): readonly PromptName[] {
  const hasExtension = /^[0-9*#]{1,16}$/.test(party.user);
  return [
    ...(hasExtension ? (['your-extension-is', ...spokenDigits(party.user)] as const) : (['no-extension'] as const)),
    ...(number === null ? (['no-number'] as const) : (['your-number-is', ...spokenDigits(number)] as const)),
  ];
}

/** Says it in the language of the organization's country. */
const sayOwnNumber = (caller: Caller): StartApplication =>
  announcement(promptSounds(announcementLanguage(caller.organization.country), ownNumberPrompts(caller)));

/** Says what comes of a change. */
const saying = ({ organization: { country } }: Caller, change: () => Promise<readonly PromptName[]>) =>
  announcementOf(async () => promptSounds(announcementLanguage(country), await change()));

/** What a key does that shows a setting: it switches it. */
const switchSetting = (line: SettingLine, caller: Caller, dependencies: FeatureDependencies): StartApplication =>
  saying(caller, () =>
    line.setting === 'schedule'
      ? switchSchedule(line.schedule, caller, dependencies)
      : changeByCode({ name: settingKeys[line.setting], argument: null }, caller, dependencies),
  );

const settingKeys = { dnd: 'do_not_disturb_key', forward: 'forward_key' } as const;

/** What carries a feature out, as a party of the call; undefined: it is not for an application. */
function applicationOf(
  { name, argument }: DialedFeature,
  caller: Caller,
  dependencies: FeatureDependencies,
): Promise<StartApplication> | StartApplication | undefined {
  const say = (change: () => Promise<readonly PromptName[]>) => saying(caller, change);
  switch (name) {
    case 'own_number':
      return sayOwnNumber(caller);
    case 'echo_test':
      return echoing(promptSounds(announcementLanguage(caller.organization.country), ['echo-test']));
    case 'park':
      return say(() => dependencies.park(caller));
    case 'night_switch':
      return say(() => switchSchedule(null, caller, dependencies));
    // Pick-ups are taken before a call begins.
    case 'pick_up':
    case 'pick_up_group':
    case 'intercom':
      return undefined;
    case 'mailbox':
    case 'any_mailbox':
      return visitMailbox(name, caller, dependencies);
    default:
      return say(() => changeByCode({ name, argument }, caller, dependencies));
  }
}

export const featureRoutes =
  (dependencies: FeatureDependencies): FeatureRoute =>
  async (dialed, caller) => {
    const { settings, country } = caller.organization;
    const line = settingOfLine(dialed);
    if (line !== undefined) return internal([applicationTarget(dialed, switchSetting(line, caller, dependencies))]);
    const asked = featureOf(dialed, settings.feature_codes ?? {}, country);
    if (asked?.name === 'intercom') return routeIntercom(asked.argument, caller, dependencies);
    const application = asked && (await applicationOf(asked, caller, dependencies));
    return application && internal([applicationTarget(dialed, application)]);
  };
