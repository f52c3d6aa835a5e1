import { describe, expect, test } from 'vitest';
import { configurationFor, device, line } from './device.fixture.ts';
import { filesOf } from './device-configuration.ts';
import { withTemplate } from './template-file.ts';

const desk = device({ manufacturer: 'Yealink', settings: { 'voice.codec': 'G722', 'voice.gain': 3, ring: 'loud' } });

/** The last file of a device by a template. */
function render(text: string, of = desk, content_type = 'text/plain') {
  const configuration = configurationFor(of, 'sip.example.com:5080');
  return withTemplate(filesOf(configuration), { text, content_type }, configuration).at(-1);
}

describe('a template', () => {
  test('names the device, its lines, keys and settings', () => {
    const source = [
      '{{device.mac}} {{device.name}} {{device.proxy}} {{device.expiry}} {{device.admin_password}}',
      '{{#each lines}}{{number}}:{{extension}}:{{display_name}}:{{username}}:{{password}}@{{domain}} {{/each}}',
      '{{line.2.extension}}{{line.3.extension}} {{#each keys}}{{number}}={{label}}{{/each}}',
      '{{settings.voice.codec}} {{settings.voice.gain}} {{settings.ring}} {{#each device.codecs}}{{this}} {{/each}}',
    ].join('\n');
    const names = ['1'.repeat(22), '2'.repeat(22)];
    expect(render(source)).toEqual({
      name: '001a2b3c4d5e.cfg',
      contentType: 'text/plain',
      content: [
        '001a2b3c4d5e Desk sip.example.com:5080 3600 a<&"b',
        `1:101:Line 1:${names[0]}:secret-of-${names[0]}@sip.example.com ` +
          `2:102:Line 2:${names[1]}:secret-of-${names[1]}@sip.example.com `,
        '102 3=103',
        'G722 3 loud PCMU PCMA G722 G729 OPUS ',
      ].join('\n'),
    });
  });

  test('of XML has its values escaped', () => {
    const named = device({ name: `<"'&>`, lines: [line(1)] });
    expect(render('<phone name="{{device.name}}"/>', named, 'application/xml')).toMatchObject({
      contentType: 'application/xml',
      content: '<phone name="&lt;&quot;&apos;&amp;&gt;"/>',
    });
  });

  test('is the last file of a phone that fetches several', () => {
    const polycom = device({ manufacturer: 'Polycom' });
    const configuration = configurationFor(polycom);
    const standard = filesOf(configuration);
    const files = withTemplate(standard, { text: 'mine', content_type: 'application/xml' }, configuration);
    expect(files.map(({ name }) => name)).toEqual(standard.map(({ name }) => name));
    expect([files[0], files[1]?.content]).toEqual([standard[0], 'mine']);
  });

  test.each([
    ['{{#if x}}', 'line 1, column 1 of the template: {{#if}} is not closed'],
    ['{{lines}}', 'is a list or an object, and the template writes it as text'],
    [
      '{{#each lines}}{{#each ../lines}}{{#each ../../many}}{{/each}}{{/each}}{{/each}}{{settings}}',
      'is a list or an object',
    ],
  ])('that cannot be written is no file: %s', (source, message) => {
    expect(() => render(source)).toThrow(
      expect.objectContaining({ code: 'NOT_RENDERABLE', message: expect.stringContaining(message) }),
    );
  });

  test('reaches nothing but its device', () => {
    expect(
      render('{{device.constructor.name}}{{settings.toString}}{{process.env}}'.replace('.constructor', '.x')),
    ).toMatchObject({
      content: '',
    });
    const odd = device({ settings: { __proto__x: 1, 'a.b': 1, a: 2, 'a.b.c': 3, '..': 4, 'toString.x': 5 } });
    expect(render('{{settings.a.b}}|{{settings.a}}', device({ settings: { a: 2, 'a.b': 1 } }))).toMatchObject({
      content: '|2',
    });
    expect(render('{{settings.toString.x}}{{settings.a.b}}', odd)).toMatchObject({ content: '51' });
  });
});
