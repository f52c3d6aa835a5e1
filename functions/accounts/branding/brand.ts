import * as z from 'zod';
import type { Branding } from '#schema/branding.ts';
import { accentsOf, platformLook } from '#schema/console-look.ts';
import { organizationText } from '#schema/values.ts';

/** Brands as the console shows them (functions/accounts/README.md, "Branding"). */

export const Brand = z
  .object({
    name: z.string().describe('Name of the product'),
    accent: z.string().describe('Colour of buttons and links (`#rrggbb`)'),
    accent_dark: z.string().describe('The same in the dark theme'),
    logo_url: z.string().nullable().describe('Path of the logo at this API; null: none'),
    icon_url: z.string().nullable().describe('Path of the icon at this API; null: none'),
    support_url: z.string().nullable().describe('Page where customers get help; null: none'),
    sign_in_text: z.string().nullable().describe('Plain text on the sign-in page; null: none'),
  })
  .meta({
    id: 'Brand',
    example: {
      name: 'Reseller Voice',
      accent: '#0b7285',
      accent_dark: '#3c8e9d',
      logo_url: '/branding/images/org_1001/file_01M80CGEGF4XV0DBH13JVVRRK0',
      icon_url: null,
      support_url: 'https://help.reseller.example',
      sign_in_text: null,
    },
  });
type Brand = z.output<typeof Brand>;

type Organization = {
  readonly org_id: number;
  readonly type: 'operator' | 'reseller' | 'customer';
  readonly status: 'active' | 'suspended' | 'closed';
  readonly settings: { readonly branding?: Branding | undefined };
};

/** The branding of a reseller that may show one; undefined: the platform's is shown. */
const shownBranding = (organization: Organization | undefined): Branding | undefined =>
  organization?.type === 'reseller' && organization.status === 'active' ? organization.settings.branding : undefined;

/** The reseller whose brand is shown at a host. @param owner whose active domain the host is */
export const brandedAt = <O extends Organization>(host: string, owner: O | undefined): O | undefined =>
  shownBranding(owner)?.host === host ? owner : undefined;

/** Whether a file is the logo or the icon of a brand that is shown. */
export function isBrandImage(organization: Organization | undefined, file: string): boolean {
  const { logo, icon } = shownBranding(organization) ?? {};
  return file === logo || file === icon;
}

/** That of a reseller, with the platform's values for what it does not set; undefined: the platform's own. */
export function brandOf(reseller: Organization | undefined): Brand {
  const { name = platformLook.name, ...shown } = shownBranding(reseller) ?? {};
  const pathOf = (file: string | undefined): string | null =>
    file === undefined || reseller === undefined
      ? null
      : `/branding/images/${organizationText(reseller.org_id)}/${file}`;
  return {
    name,
    ...accentsOf(shown),
    logo_url: pathOf(shown.logo),
    icon_url: pathOf(shown.icon),
    support_url: shown.support_url ?? null,
    sign_in_text: shown.sign_in_text ?? null,
  };
}
