import { invalid } from '#errors.ts';
import { brandImageType, type Branding } from '#schema/branding.ts';
import { contrast } from '#schema/colour.ts';
import { backgrounds, leastContrast } from '#schema/console-look.ts';

/** What a request sets of `settings.branding` (functions/accounts/README.md, "Branding"). */

type Wanted = { readonly [Name in keyof Branding]?: Branding[Name] | null | undefined };
type WithBranding = { readonly settings?: { readonly branding?: Wanted | null | undefined } | null | undefined };

/** The fields that a request sets; undefined: it sets none. */
export const wantedBranding = ({ settings }: WithBranding): Wanted | undefined => settings?.branding ?? undefined;

const pathOf = (field: keyof Branding): string => `settings.branding.${field}`;

const tooLittle = (field: 'accent' | 'accent_dark', colour: string, background: string): Error => {
  const ratio = (Math.floor(contrast(colour, background) * 100) / 100).toFixed(2);
  return invalid(pathOf(field), `has a contrast of ${ratio} on ${background}; at least ${leastContrast} is needed`);
};

/** @throws AppError VALIDATION_FAILED for an organization without customers, and for colours that are hard to read */
export function assertBranding({ accent, accent_dark: dark }: Wanted, type: string): void {
  if (type !== 'reseller') throw invalid('settings.branding', 'is for resellers');
  if (accent != null && contrast(accent, backgrounds.light) < leastContrast)
    throw tooLittle('accent', accent, backgrounds.light);
  if (dark != null && contrast(dark, backgrounds.dark) < leastContrast)
    throw tooLittle('accent_dark', dark, backgrounds.dark);
}

/** @param owner the organization whose active domain the host is, if it is one @throws AppError VALIDATION_FAILED */
export function assertBrandHost(host: string, owner: number | undefined, organization: number): void {
  if (owner !== organization)
    throw invalid(pathOf('host'), `must be an active domain of the organization, not ${host}`);
}

/** The files that become the logo and the icon. */
export const wantedImages = ({ logo, icon }: Wanted) =>
  (['logo', 'icon'] as const).flatMap((field) => {
    const file = { logo, icon }[field];
    return file == null ? [] : [{ field, file }];
  });

/** @param files those of the organization with these ids, in their order @throws AppError VALIDATION_FAILED */
export function assertImages(
  wanted: ReturnType<typeof wantedImages>,
  files: readonly Parameters<typeof brandImageType>[0][],
): void {
  const at = wanted.findIndex((_image, position) => brandImageType(files[position]) === undefined);
  const missing = wanted[at];
  if (missing !== undefined)
    throw invalid(pathOf(missing.field), 'must be a ready PNG or JPEG file of kind attachment, of up to 256 KiB');
}
