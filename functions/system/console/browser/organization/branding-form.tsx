import { Alert, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { backgrounds, leastContrast, platformLook } from '#schema/console-look.ts';
import { at, textIn } from '../../json-value.ts';
import { violationsOf } from '../kit/api-error.ts';
import { request } from '../kit/api.ts';
import { buttonColors } from '../kit/brand-colors.ts';
import { Mark } from '../kit/brand-mark.tsx';
import { showOwnBrand } from '../kit/brand.ts';
import type { FormValues } from '../kit/form-fields.ts';
import { FormFrame } from '../kit/form-frame.tsx';
import { useFirstComplaint } from '../kit/form.tsx';
import { numberText } from '../kit/format.ts';
import { LeaveGuard } from '../kit/leave-guard.tsx';
import { Problem } from '../kit/page.tsx';
import { pageOf } from '../kit/pages.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSigning } from '../kit/session.tsx';
import { itemKey } from '../resources/item-query.ts';
import { ColorInput, Select, TextInput, Textarea } from '../kit/form-inputs.tsx';
import { t } from '../texts/texts.ts';
import { BrandImage, useImage } from './brand-image.tsx';
import { changesOf, contrastOn, draftOf, previewOf, type Draft } from './branding.ts';

const schemes = [
  { scheme: 'light', title: t('Light'), text: '#000000' },
  { scheme: 'dark', title: t('Dark'), text: '#c9c9c9' },
] as const;

const box = { padding: '8px 16px', borderRadius: 8, alignSelf: 'start', fontWeight: 600 } as const;

/** A sign-in page with a brand, in both themes. */
function BrandPreview({ draft }: { readonly draft: Draft }) {
  const { name, text, accents } = previewOf(draft);
  const brand = { name, logo_url: useImage(draft.logo), icon_url: useImage(draft.icon) };
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} component="section" aria-label={t('Preview')}>
      {schemes.map(({ scheme, title, text: color }) => {
        const { link, filled, text: onFilled } = buttonColors(accents, scheme);
        return (
          <Paper key={scheme} withBorder p="md" style={{ background: backgrounds[scheme], color }}>
            <Stack gap="sm" role="group" aria-label={title}>
              <Mark brand={brand} height={32} />
              {text !== '' && <Text style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>{text}</Text>}
              <span style={{ ...box, background: filled, color: onFilled }}>{t('Sign in')}</span>
              <span style={{ color: link }}>{t('Forgotten password')}</span>
            </Stack>
          </Paper>
        );
      })}
    </SimpleGrid>
  );
}

type FieldsProps = {
  /** Id of the reseller. */
  readonly id: string;
  readonly draft: Draft;
  /** Why the API rejected the last request; null: it did not. */
  readonly error: unknown;
  readonly onChange: (part: Partial<Draft>) => void;
};

type AccentProps = {
  readonly label: string;
  readonly scheme: 'light' | 'dark';
  readonly placeholder: string;
  readonly value: string;
  readonly error: string | null;
  readonly onChange: (color: string) => void;
};

/** A color with its contrast, which must suffice for text. */
function Accent({ scheme, error, ...input }: AccentProps) {
  const found = contrastOn(scheme, input.value);
  const values = { ratio: numberText(found?.ratio, 1), least: numberText(leastContrast, 1) };
  const tooLittle =
    found === undefined || found.isEnough ? null : t('Its contrast is {ratio} : 1. Text needs {least} : 1.', values);
  return (
    <ColorInput
      {...input}
      description={found?.isEnough === true ? t('Its contrast is {ratio} : 1.', values) : ''}
      error={tooLittle ?? error}
      eyeDropperButtonProps={{ 'aria-label': t('Take a color from the screen') }}
    />
  );
}

/** Hosts at which the brand can be seen: the verified domains of the reseller. */
function useHosts(id: string): readonly string[] {
  const { data = [] } = useQuery({
    queryKey: ['list', '/domains', 'hosts', id],
    queryFn: async () => {
      const query = { org_id: id, status: 'active', limit: 100 };
      return pageOf(await request({ method: 'GET', path: '/domains', query }), ['data']).rows;
    },
  });
  return data.map((domain) => textIn(at(domain, 'domain')));
}

function BrandFields({ id, draft, error, onChange }: FieldsProps) {
  const hosts = useHosts(id);
  const violations = violationsOf(error);
  const fieldOf = (name: keyof Draft) => ({
    value: draft[name],
    error: violations.find(({ path }) => path === `settings.branding.${name}`)?.message ?? null,
    onChange: (value: string) => onChange({ [name]: value }),
  });
  const typedOf = (name: keyof Draft) => ({
    ...fieldOf(name),
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onChange({ [name]: target.value }),
  });
  return (
    <>
      <TextInput label={t('Name of the product')} placeholder={platformLook.name} {...typedOf('name')} />
      <BrandImage label={t('Logo')} {...fieldOf('logo')} />
      <BrandImage label={t('Icon')} {...fieldOf('icon')} />
      <Accent
        label={t('Color of buttons and links')}
        scheme="light"
        placeholder={platformLook.accent}
        {...fieldOf('accent')}
      />
      <Accent
        label={t('The same on dark pages')}
        scheme="dark"
        placeholder={previewOf(draft).accents.accent_dark}
        {...fieldOf('accent_dark')}
      />
      <TextInput label={t('Page where customers get help')} {...typedOf('support_url')} />
      <Textarea label={t('Text on the sign-in page')} autosize minRows={2} maxRows={8} {...typedOf('sign_in_text')} />
      <Select
        label={t('Address of the sign-in page')}
        description={t('A verified domain of yours, whose DNS record points to these pages.')}
        clearable
        data={[...new Set([...hosts, draft.host])].filter((host) => host !== '')}
        {...fieldOf('host')}
        value={draft.host || null}
        onChange={(host) => onChange({ host: host ?? '' })}
      />
    </>
  );
}

type BrandingFormProps = { readonly id: string; readonly organization: FormValues };

/** How do our customers see these pages? For the administrators of a reseller. */
export function BrandingForm({ id, organization }: BrandingFormProps) {
  const { signedIn } = useSigning();
  const queries = useQueryClient();
  const before = draftOf(at(organization, 'settings', 'branding'));
  const [draft, setDraft] = useState(before);
  const path = `/orgs/${id}`;
  const change = useMutation({
    mutationFn: () => request({ method: 'POST', path, body: { settings: { branding: changesOf(draft, before) } } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: itemKey(path) });
      if (signedIn?.session.org_id === id) await showOwnBrand(signedIn.token);
    },
  });
  const form = useFirstComplaint(change.error, 0);
  return (
    <div ref={form}>
      <LeaveGuard isChanged={!change.isPending && Object.keys(changesOf(draft, before)).length > 0} />
      <Text c="dimmed" mb="md">
        {t('How your customers see these pages.')}
      </Text>
      {change.isSuccess && (
        <Alert color="green" role="status" mb="md">
          {t('Saved.')}
        </Alert>
      )}
      <FormFrame
        label={t('Branding')}
        submit={t('Save')}
        isReadOnly={signedIn === null || !isAllowed(signedIn.session, ['orgs:write'])}
        isSending={change.isPending}
        onSubmit={() => change.mutate()}
      >
        <Problem error={change.error} />
        <BrandFields
          id={id}
          draft={draft}
          error={change.error}
          onChange={(part) => setDraft((all) => ({ ...all, ...part }))}
        />
        <BrandPreview draft={draft} />
      </FormFrame>
    </div>
  );
}
