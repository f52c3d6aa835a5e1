import { found, notFound } from '#errors.ts';
import { fileObject } from '#dynamodb/rows/file.ts';
import { document, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { brandImageType } from '#schema/branding.ts';
import { brandedAt, brandOf, isBrandImage } from './brand.ts';
import { branding, getBranding, getBrandImage, getOwnBranding } from './contract.ts';
import { brandStore } from './store.ts';

type BrandingContext = Context<typeof branding>;

/** What a browser may do with an image that it opens as a page: show it, and nothing else. */
const imagePolicy = { 'Content-Security-Policy': "default-src 'none'; sandbox" };

async function image({ params }: Request<typeof getBrandImage>, { tableOf, objects }: BrandingContext) {
  const { orgId: organization, id } = params;
  const store = brandStore(tableOf);
  if (!isBrandImage(await store.organization(organization), id)) throw notFound('Image');
  const file = found(await store.file(organization, id), 'Image');
  const type = brandImageType(file);
  if (type === undefined) throw notFound('Image');
  const bytes = await objects.get(fileObject(organization, id, file.content.number));
  return document(type, bytes, imagePolicy);
}

export const brandingHandler = (dependencies = dependenciesFromEnvironment({ objects: objectsFromEnvironment() })) =>
  serve(
    branding,
    {
      [getBranding.route]: async ({ host }, { tableOf }) =>
        ok(brandOf(brandedAt(host, await brandStore(tableOf).ownerOf(host)))),
      [getOwnBranding.route]: async ({ organization }, { tableOf }) => {
        const { type, parent_id: parent } = organization;
        const seller =
          type === 'reseller' || parent === null ? organization : await brandStore(tableOf).organization(parent);
        return ok(brandOf(seller));
      },
      [getBrandImage.route]: image,
    },
    dependencies,
  );

export const handler = brandingHandler();
