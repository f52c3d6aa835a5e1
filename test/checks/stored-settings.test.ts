import ts from 'typescript';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { contractsByArea } from '#functions/contracts.ts';
import { filesOf, textOf } from './sources.ts';

/**
 * A setting that is stored acts: what carries calls, registers or makes files of phones reads it, or the list says what
 * it is for. `dtmf_mode` and `codecs` of trunks were stored, and read by nothing.
 */

/** What carries calls and registers. */
const carriers = [
  'functions/sip-sidecar/**/*.ts',
  'functions/dialplan/dialplan-evaluator/**/*.ts',
  'shared/telephony/**/*.ts',
];
/** What makes files of phones, which has words of its own for the settings of trunks. */
const provisioning = ['functions/telephony/provisioning/**/*.ts'];

/** Fields that no reader needs, by the reason. Those of several resources have no name of one. */
const notRead: Readonly<Record<string, readonly string[]>> = {
  'the owner of the resource': ['organization_id'],
  'shown to people': ['mobile.label', 'numbers.label'],
  'asks the API for something, and is not stored': [
    ...['confirm_removal', 'sip-trunk-ips.ip_id', 'stir-certificates.generate', 'stir-certificates.subject'],
    ...['devices.rotate_credentials', 'devices.rotate_secret', 'sip-trunks.rotate_inbound_password'],
  ],
  'the interpreter of the area and its compiler read it': [
    ...['call-flows.steps', 'call-flows.external_policy', 'call-flows.max_silence_seconds'],
  ],
  'the template of a file of a phone, which the store of provisioning reads': ['devices.template_id'],
  'stored as `expires_at`': ['phones.max_expire'],
  'for the provider of SIMs; no call reads a SIM': [
    ...['mobile.msisdn', 'mobile.network', 'mobile.data_limit_mb', 'mobile.iccid', 'mobile.imsi'],
  ],
  'messages and charges read it': ['numbers.capabilities', 'numbers.monthly_fee'],
};

/** The properties that a file reads: `peer.codecs`, and `{ codecs }` of a parameter or variable. */
function propertiesRead(text: string): readonly string[] {
  const read: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) read.push(node.name.text);
    if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const name = node.propertyName ?? node.name;
      if (ts.isIdentifier(name)) read.push(name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('read.ts', text, ts.ScriptTarget.Latest, true));
  return read;
}

/** Endpoints that save what they get. */
const saving = /^(?:activate|create|save|set|update)/;

/** Fields of the bodies that save resources of the area and phone lines: `sip-trunks.codecs`. */
const savedFields = ['telephony', 'calls'].flatMap((area) =>
  (contractsByArea[area] ?? []).flatMap((contract) =>
    contract.kind === 'resource'
      ? contract.endpoints.flatMap(({ id, body }) =>
          id !== undefined && saving.test(id) && body instanceof z.ZodObject
            ? Object.keys(body.shape).map((field) => ({ resource: contract.name, field }))
            : [],
        )
      : [],
  ),
);

const explained = new Set(Object.values(notRead).flat());
const propertiesOf = (patterns: readonly string[]): ReadonlySet<string> =>
  new Set(
    filesOf(...patterns)
      .filter((file) => !/\.(?:test|fixture)\.ts$/.test(file))
      .flatMap((file) => propertiesRead(textOf(file))),
  );
const [read, ofPhones] = [propertiesOf(carriers), propertiesOf(provisioning)];
const isRead = (resource: string, field: string): boolean =>
  read.has(field) || (resource === 'devices' && ofPhones.has(field));

test('a saved field is read, or the list has its reason', () => {
  const unread = savedFields.flatMap(({ resource, field }) =>
    isRead(resource, field) || explained.has(field) || explained.has(`${resource}.${field}`)
      ? []
      : [`${resource}.${field}`],
  );
  expect([...new Set(unread)]).toEqual([]);
  expect(savedFields.length).toBeGreaterThan(150);
});

test('the list has no field that is read, or that no request has', () => {
  const isNeeded = (name: string): boolean =>
    savedFields.some(
      ({ resource, field }) => [field, `${resource}.${field}`].includes(name) && !isRead(resource, field),
    );
  expect([...explained].filter((name) => !isNeeded(name))).toEqual([]);
});

test('a declaration and a value that is written are not read', () => {
  const text = 'type T = { codecs: string }; const a = { codecs: "", b: c.dtmf_mode }; const { fax: d } = a;';
  expect(propertiesRead(text)).toEqual(['dtmf_mode', 'fax']);
});
