import { AppError } from '#errors.ts';
import { escapeXml } from '#schema/markup.ts';
import { escapeNothing, writeTemplate, type Values } from '#schema/template-interpreter.ts';
import { parseTemplate, textPositionOf, TemplateFault } from '#schema/template-syntax.ts';
import { macDigits, notRenderable, type Account, type Configuration, type ProvisioningFile } from './configuration.ts';

/** Provisioning files from an organization's own template (functions/telephony/provisioning/README.md, "Templates"). */

/** A template: the content of a file of kind `provisioning_template`. */
export type Template = { readonly text: string; readonly content_type: string };

/** Settings by the parts of their names, as `voice.codec` is the property `codec` of `voice`. */
function nested(settings: Configuration['device']['settings']): Values {
  const all: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    const parts = name.split('.').filter((part) => part !== '');
    const last = parts.pop() ?? '';
    let inner: Record<string, unknown> | undefined = all;
    for (const part of parts) inner = inner === undefined ? undefined : childOf(inner, part);
    if (inner !== undefined && !Object.hasOwn(inner, last)) inner[last] = value;
  }
  return all;
}

/** An inner object, made if there is none; undefined if something else has its place. */
function childOf(outer: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  const found = Object.hasOwn(outer, name) ? outer[name] : undefined;
  if (found !== undefined) return typeof found === 'object' ? (found as Record<string, unknown>) : undefined;
  const made = Object.create(null) as Record<string, unknown>;
  outer[name] = made;
  return made;
}

const lineValues = ({ at, line, extension, displayName, username, password, domain }: Account): Values => ({
  number: line,
  account: at,
  extension,
  display_name: displayName,
  username,
  password,
  domain,
});

/** What a template may name: this device, its lines and its settings, and nothing else. */
function valuesOf(configuration: Configuration): Values {
  const { device, accounts, keys, proxy, transport, encryption, expiry, codecs, language, adminPassword, url } =
    configuration;
  const lines = accounts.map(lineValues);
  return {
    device: {
      id: device.id,
      kind: device.kind,
      name: device.name,
      mac: macDigits(device),
      mac_address: device.mac_address,
      manufacturer: device.manufacturer,
      model: device.model,
      admin_password: adminPassword,
      codecs,
      expiry,
      language,
      proxy,
      transport,
      media_encryption: encryption,
      url,
      timezone: device.settings['timezone'],
    },
    lines,
    line: Object.fromEntries(accounts.map((account, at) => [account.line, lines[at]])),
    keys: keys.map(({ line, extension, label }) => ({ number: line, extension, label })),
    settings: nested(device.settings),
  };
}

/** @throws AppError NOT_RENDERABLE */
function contentOf({ text, content_type: type }: Template, configuration: Configuration): string {
  try {
    const escape = type === 'application/xml' ? escapeXml : escapeNothing;
    return writeTemplate(parseTemplate(text), valuesOf(configuration), { escape });
  } catch (error) {
    if (error instanceof TemplateFault) {
      const { line, column } = textPositionOf(text, error.at);
      throw notRenderable('template_id', `line ${line}, column ${column} of the template: ${error.message}`);
    }
    if (error instanceof AppError) throw notRenderable('template_id', error.message);
    throw error;
  }
}

/**
 * The files of a device with the template in place of the last one, under its name. Those before it only name others.
 * @throws AppError NOT_RENDERABLE
 */
export const withTemplate = (
  files: readonly ProvisioningFile[],
  template: Template,
  configuration: Configuration,
): ProvisioningFile[] =>
  files.map((file, at) =>
    at < files.length - 1
      ? file
      : {
          name: file.name,
          contentType: template.content_type === 'application/xml' ? 'application/xml' : 'text/plain',
          content: contentOf(template, configuration),
        },
  );
