import { AppError, invalid } from '#errors.ts';
import { isPromptName } from '#schema/prompt.ts';
import { isAtLeast, leastNotice, type NoticeFacts, type RecordingNotice } from '#schema/recording-notice.ts';
import { organizationErrors } from './errors.ts';

/** The notice of recordings that an organization may set (functions/calls/README.md, "Notice of a recording"). */

/**
 * @param notice null or undefined: what the country demands
 * @param path the field that a request has wrong
 * @throws AppError RECORDING_NOTICE_REQUIRED
 */
export function assertNoticePermitted(country: string, notice: RecordingNotice | null | undefined, path: string): void {
  const least = leastNotice(country);
  if (notice == null || isAtLeast(notice, least)) return;
  const demanded = least === 'beep' ? 'a beep or an announcement' : 'an announcement';
  const message = `${country} demands ${demanded}, so settings.recording_notice cannot be ${notice}`;
  throw new AppError(organizationErrors.RECORDING_NOTICE_REQUIRED, message, { details: [{ path, message }] });
}

/** The same for a change, of the notice or of the country. @throws AppError RECORDING_NOTICE_REQUIRED */
export function assertNoticeStillPermitted(before: NoticeFacts, after: NoticeFacts): void {
  const [old, notice] = [before.settings.recording_notice, after.settings.recording_notice];
  if (notice !== old) assertNoticePermitted(after.country, notice, 'settings.recording_notice');
  else if (after.country !== before.country) assertNoticePermitted(after.country, notice, 'country');
}

/** The sender of an organization's e-mails that name none (functions/messaging/README.md, "Senders"). */

type WithSender = {
  readonly settings?:
    | { readonly email?: { readonly default_from?: string | null | undefined } | null | undefined }
    | null
    | undefined;
};

/** The address that a request makes the default sender; undefined: none. */
export const wantedDefaultSender = ({ settings }: WithSender): string | undefined =>
  settings?.email?.default_from ?? undefined;

/**
 * @param domain the organization's verified domain of the address, if there is one
 * @throws AppError SENDER_NOT_VERIFIED
 */
export function assertDefaultSender(address: string | undefined, domain: object | undefined): void {
  if (address === undefined || domain !== undefined) return;
  const message = 'must be in a domain of the organization that is verified for e-mail';
  throw new AppError('SENDER_NOT_VERIFIED', `settings.email.default_from ${message}`, {
    details: [{ path: 'settings.email.default_from', message }],
  });
}

/** Sounds that calls of the organization play in place of those of the platform. */

type WithSounds = {
  readonly settings?:
    | {
        readonly music_on_hold?: string | null | undefined;
        readonly prompts?: Readonly<Record<string, string | null>> | null | undefined;
      }
    | null
    | undefined;
};

type WantedSound = { readonly path: string; readonly file: string };

/** Music that is no file. */
const platformMusic: ReadonlySet<string> = new Set(['default', 'none']);
/** Prompts of an organization that are replaced: its record is read for each call. */
const maxPrompts = 100;

/** The files that a request names. @throws AppError VALIDATION_FAILED for a prompt that there is not */
export function wantedSounds({ settings }: WithSounds): readonly WantedSound[] {
  const { music_on_hold: music, prompts } = settings ?? {};
  const replaced = Object.entries(prompts ?? {});
  for (const [name] of replaced)
    if (!isPromptName(name)) throw invalid(`settings.prompts.${name}`, 'is no prompt of the platform');
  return [
    ...(music == null || platformMusic.has(music) ? [] : [{ path: 'settings.music_on_hold', file: music }]),
    ...replaced.flatMap(([name, file]) => (file === null ? [] : [{ path: `settings.prompts.${name}`, file }])),
  ];
}

/** @param files those of the organization with these ids @throws AppError VALIDATION_FAILED */
export function assertSounds(
  wanted: readonly WantedSound[],
  files: readonly ({ readonly id: string; readonly kind: string; readonly content: object | null } | undefined)[],
): void {
  const ready = new Set(files.flatMap((file) => (file?.kind === 'sound' && file.content !== null ? [file.id] : [])));
  const missing = wanted.find(({ file }) => !ready.has(file));
  if (missing !== undefined) throw invalid(missing.path, 'must be the id of a ready file of kind sound');
}

/** @throws AppError VALIDATION_FAILED if more prompts are replaced than may be */
export function assertFewPrompts({ settings }: { readonly settings: { readonly prompts?: object | undefined } }): void {
  if (Object.keys(settings.prompts ?? {}).length > maxPrompts)
    throw invalid('settings.prompts', `must have at most ${maxPrompts} prompts`);
}
