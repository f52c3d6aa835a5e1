import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { Answer } from '../cloud.ts';
import { newMac } from '../hardware.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** Templates of provisioning files that an organization uploads. */

let ask: AdministeredTenant['ask'];
const newDevice = async (body: object = {}): Promise<Readonly<Record<string, string>>> => {
  const made = await ask('PUT', '/devices/phone', { mac_address: newMac(), ...body });
  expect(outcome(made)).toBe('201');
  return texts(made);
};

beforeAll(async () => {
  ({ ask } = await newAdministeredTenant('templates'));
});

describe('a template of the organization', () => {
  const firmware = (text: string) => Buffer.from(`#!version:1.0.0.1\n${text}\n`);

  /** Uploads a template. @param id `new`, or the one to replace */
  async function upload(content: Buffer, id = 'new', content_type = 'text/plain'): Promise<string> {
    const body = { name: uniqueName('template'), kind: 'provisioning_template', content_type, size: content.length };
    const { data } = (await ask('PUT', `/files/${id}`, body)).body as {
      data: { id: string; upload: { url: string; headers: Record<string, string> } };
    };
    expect((await fetch(data.upload.url, { ...data.upload, method: 'PUT', body: content })).status).toBe(200);
    await eventually(async () => {
      const { state, replacement } = texts(await ask('GET', `/files/${data.id}`));
      expect([state, replacement]).toEqual(['ready', null]);
    }, 20_000);
    return data.id;
  }

  const device = { manufacturer: 'Yealink', lines: [{ extension: '71', label: 'Front <desk>' }] };
  const configOf = async (id: string): Promise<Answer> => ask('GET', `/devices/${id}/config?secrets=true`);

  test('makes the file of a device, follows its changes, and is in use', async () => {
    const line = (name: string, value: string) => `account.{{account}}.${name} = {{${value}}}\n`;
    const source = `{{#each lines}}${line('label', 'display_name')}${line('password', 'password')}{{/each}}`;
    const template = await upload(firmware(source));
    const { id = '' } = await newDevice({ ...device, template_id: template });
    const file = await configOf(id);
    expect(file.headers.get('content-type')).toContain('text/plain');
    expect(file.body).toMatch(/^#!version:1.0.0.1\naccount.1.label = Front <desk>\naccount.1.password = .{32}\n$/);
    expect((await ask('GET', `/devices/${id}/config`)).body).toContain('password = ********');
    expect((await ask('GET', `/files/${template}`)).body).toMatchObject({
      data: { references: [{ type: 'device', id }] },
    });
    expect(outcome(await ask('DELETE', `/files/${template}`))).toBe('409 FILE_IN_USE');

    const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
    await upload(Buffer.from(`${declaration}<phone name="{{line.1.display_name}}"/>`), template, 'application/xml');
    await eventually(async () => {
      const changed = await configOf(id);
      expect(changed.body).toBe(`${declaration}<phone name="Front &lt;desk&gt;"/>`);
      expect(changed.headers.get('etag')).not.toBe(file.headers.get('etag'));
    }, 20_000);

    expect(outcome(await ask('DELETE', `/files/${template}?force=true`))).toBe('200');
    await eventually(async () => {
      expect(texts(await ask('GET', `/devices/${id}`))['template_id']).toBe('tmpl_standard');
    }, 20_000);
    expect((await configOf(id)).body).toContain('account.1.label = Front <desk>');
  });

  test('is no longer in use when its device is deleted or has another', async () => {
    const template = await upload(firmware('{{device.mac}}'));
    const [one, other] = [await newDevice({ template_id: template }), await newDevice({ template_id: template })];
    await ask('DELETE', `/devices/${one['id']}`);
    expect(outcome(await ask('POST', `/devices/${other['id']}`, { template_id: 'tmpl_standard' }))).toBe('200');
    expect((await ask('GET', `/files/${template}`)).body).toMatchObject({ data: { references: [] } });
    expect(outcome(await ask('DELETE', `/files/${template}`))).toBe('200');
    expect(outcome(await ask('POST', `/devices/${other['id']}`, { template_id: template }))).toBe(
      '422 VALIDATION_FAILED',
    );
  });

  test('that cannot be read, or belongs to another tenant, is rejected', async () => {
    const template = await upload(firmware('{{> partial}}'));
    const body = { mac_address: newMac(), template_id: template };
    expect(outcome(await ask('PUT', '/devices/phone', body))).toBe('422 INVALID_TEMPLATE');
    const other = await newAdministeredTenant('thief');
    const readable = await upload(firmware('x'));
    expect(outcome(await other.ask('PUT', '/devices/phone', { ...body, template_id: readable }))).toBe(
      '422 VALIDATION_FAILED',
    );
  });
});
