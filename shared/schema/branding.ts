import * as z from 'zod';
import { HttpsUrl, text } from './values.ts';

/** `settings.branding` of a reseller: how its customers see the console (functions/accounts/README.md, "Branding"). */

const Colour = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour as #rrggbb')
  .transform((colour) => colour.toLowerCase());
const Image = z.string().max(81);

export const brandingFields = {
  host: z
    .string()
    .max(253)
    .transform((host) => host.trim().toLowerCase())
    .describe('Host at which it is seen before a sign-in: an active domain of the reseller'),
  name: text(60, 1).describe('Name of the product, 1–60 characters'),
  accent: Colour.describe(
    'Colour of buttons and links (`#rrggbb`), with a contrast of at least 4.5 on white (WCAG 2.2, 1.4.3); ' +
      'else 422 with the ratio',
  ),
  accent_dark: Colour.describe(
    'The same in the dark theme, with a contrast of at least 4.5 on #242424. Default: `accent`, made lighter',
  ),
  logo: Image.describe('Id of a ready PNG or JPEG file of kind `attachment`, up to 256 KiB. It becomes public'),
  icon: Image.describe('Id of a ready PNG or JPEG file of kind `attachment`, up to 256 KiB. It becomes public'),
  support_url: HttpsUrl.describe('Page where customers get help (https)'),
  sign_in_text: text(500, 1).describe('Plain text on the sign-in page, up to 500 characters'),
};

export const Branding = z
  .object(brandingFields)
  .partial()
  .meta({ id: 'Branding', example: { host: 'phone.reseller.example', name: 'Reseller Voice', accent: '#0b7285' } });
export type Branding = z.output<typeof Branding>;

const imageTypes = ['image/png', 'image/jpeg'] as const;
/** Bytes of a logo or an icon. */
const maxImage = 256 * 1024;

type BrandFile = {
  readonly kind: string;
  readonly content: { readonly content_type: string; readonly size: number } | null;
};

/** The content type of a file that may be a logo or an icon; undefined for any other. */
export const brandImageType = (file: BrandFile | undefined): (typeof imageTypes)[number] | undefined =>
  file?.kind === 'attachment' && file.content !== null && file.content.size <= maxImage
    ? imageTypes.find((type) => type === file.content?.content_type)
    : undefined;
