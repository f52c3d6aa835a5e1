import { eventually } from '#test/support/eventually.ts';
import { plain, textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';

const png = Buffer.from('\u0089PNG\r\n\u001a\nlogo', 'latin1');

/** Uploads an image, and makes it the logo of the tenant. @returns its id */
async function newLogo(tenant: ExampleTenant): Promise<string> {
  const content_type = 'image/png';
  const file = { name: tenant.unique(), kind: 'attachment', content_type, size: png.length };
  const answer = await tenant.call('PUT', '/files/new', file);
  const [id, url] = [textAt(answer, 'data', 'id'), textAt(answer, 'data', 'upload', 'url')];
  await tenant.upload({ url, headers: { 'Content-Type': content_type, 'If-None-Match': '*' } }, png);
  const branding = { name: tenant.mark, logo: id };
  // The file is checked after its upload.
  await eventually(() => tenant.call('POST', `/orgs/${tenant.organization}`, { settings: { branding } }), 60_000);
  return id;
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /branding': plain(),
  'GET /branding/me': plain(),
  'GET /branding/images/{orgId}/{id}': {
    prepare: async (tenant) => ({ params: { orgId: String(tenant.organization), id: await newLogo(tenant) } }),
  },
};
