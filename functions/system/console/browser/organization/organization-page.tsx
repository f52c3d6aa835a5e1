import { Tabs } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { textIn } from '../../json-value.ts';
import { LatePart } from '../kit/late-part.tsx';
import { Page } from '../kit/page.tsx';
import type { ApiRequest } from '../kit/api.ts';
import type { FormValues } from '../kit/form-fields.ts';
import { useIsSeller, useOrganization } from '../kit/selling.ts';
import { itemQuery } from '../resources/item-query.ts';
import { OpenParts } from '../resources/parts.tsx';
import { platform } from '../resources/platform.ts';
import { t } from '../texts/texts.ts';
import { BrandingForm } from './branding-form.tsx';
import { settingsSections } from './sections.ts';
import { SettingsForm } from './settings-form.tsx';

const signIn = platform.find(({ key }) => key === 'orgs')?.parts?.filter(({ kind }) => kind === 'form') ?? [];

type PanelProps = { readonly value: string; readonly children: ReactNode };

/**
 * A tab, which keeps what is typed while another one is open. It waits by itself for what it reads: React throws where
 * a hidden part without a boundary waits when the page is left (`resolveRetryWakeable`, React 19).
 */
const Panel = ({ value, children }: PanelProps) => (
  <Tabs.Panel value={value} maw={640}>
    <LatePart>{children}</LatePart>
  </Tabs.Panel>
);

type OrganizationTabsProps = { readonly id: string; readonly organization: FormValues };

/** The settings of an organization by section. */
export function SettingsTabs({ id, organization }: OrganizationTabsProps) {
  const here = useOrganization();
  // Its files are those of the organization whose pages are open.
  const hasBrand = organization['type'] === 'reseller' && here?.id === id;
  return (
    <Tabs defaultValue="company">
      <Tabs.List mb="md">
        {settingsSections.map(({ key, title }) => (
          <Tabs.Tab key={key} value={key}>
            {title}
          </Tabs.Tab>
        ))}
        {hasBrand && <Tabs.Tab value="branding">{t('Branding')}</Tabs.Tab>}
        <Tabs.Tab value="salesforce">{t('Sign-in by Salesforce')}</Tabs.Tab>
      </Tabs.List>
      {settingsSections.map((section) => (
        <Panel key={section.key} value={section.key}>
          <SettingsForm section={section} id={id} organization={organization} />
        </Panel>
      ))}
      {hasBrand && (
        <Panel value="branding">
          <BrandingForm id={id} organization={organization} />
        </Panel>
      )}
      <Panel value="salesforce">
        <OpenParts parts={signIn} tag="orgs" known={[id]} />
      </Panel>
    </Tabs>
  );
}

/** How does our company work here: its name, its calls, its messages, its rules? For administrators. */
export function OrganizationPage({ id }: { readonly id: string }) {
  const reading: ApiRequest = { method: 'GET', path: `/orgs/${id}` };
  const { data } = useSuspenseQuery(itemQuery(reading));
  const isSeller = useIsSeller();
  return (
    <Page
      title={textIn(data['name'])}
      subtitle={
        isSeller ? t('Settings of your organization and of what you sell.') : t('Settings of your organization.')
      }
      requests={[reading, { method: 'POST', path: `/orgs/${id}`, body: { timezone: 'Europe/Berlin' } }]}
    >
      <SettingsTabs id={id} organization={data} />
    </Page>
  );
}
