import type { PromptName } from '#schema/prompt.ts';
import { announcementLanguage } from '#schema/recording-notice.ts';
import { promptSounds, spokenDigits } from '../../media/spoken.ts';
import { announcement } from './announcement.ts';
import type { StartApplication } from './application.ts';
import type { Caller } from './caller.ts';

/** What is said of a phone. The user name of a phone line whose user has no extension is not said. */
export function ownNumberPrompts({ party, number }: Pick<Caller, 'party' | 'number'>): readonly PromptName[] {
  const hasExtension = /^[0-9*#]{1,16}$/.test(party.user);
  return [
    ...(hasExtension ? (['your-extension-is', ...spokenDigits(party.user)] as const) : (['no-extension'] as const)),
    ...(number === null ? (['no-number'] as const) : (['your-number-is', ...spokenDigits(number)] as const)),
  ];
}

/** Says it in the language of the organization's country. */
export const sayOwnNumber = (caller: Caller): StartApplication =>
  announcement(promptSounds(announcementLanguage(caller.organization.country), ownNumberPrompts(caller)));
