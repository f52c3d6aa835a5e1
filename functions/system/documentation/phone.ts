import { bar, field } from './page.ts';

/** The page of the browser phone. Its script finds the elements by their ids. */

const signIn = `<form id="sign-in" class="step" novalidate aria-labelledby="sign-in-title">
<h2 id="sign-in-title">Sign in</h2>
<p class="insecure" id="insecure" hidden>Browsers give a microphone to secure pages only: open this page at
<code>localhost</code>, or by the address with <code>https</code>, which <code>npm start</code> prints.</p>
<div class="fields">
${field({
  id: 'username',
  label: 'User name',
  control: 'text',
  autocomplete: 'username',
  attributes: 'autocapitalize="none" required',
})}
${field({
  id: 'password',
  label: 'Password',
  control: 'password',
  autocomplete: 'current-password',
  attributes: 'required',
})}
<div id="code-field" hidden>
${field({
  id: 'code',
  label: 'Code of your authenticator app',
  control: 'text',
  autocomplete: 'one-time-code',
  attributes: 'inputmode="numeric"',
})}
</div>
</div>
<p class="buttons"><button type="submit" id="sign-in-button">Sign in</button></p>
<p class="status" id="sign-in-status" role="status"></p>
</form>`;

/** The digits, and the letters that telephones write below them (ITU-T E.161). */
const keys: readonly (readonly [string, string, string?])[] = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', '', 'star'],
  ['0', '+'],
  ['#', '', 'hash'],
];

const keypad = keys
  .map(
    ([digit, letters, name = digit]) =>
      `<button type="button" value="${digit}" aria-label="${name}">${digit}<small>${letters}</small></button>`,
  )
  .join('\n');

const telephone = `<section id="telephone" class="step" hidden aria-labelledby="telephone-title">
<div class="line-head">
<h2 id="telephone-title"><span id="who"></span></h2>
<span id="stage" class="stage"></span>
<button type="button" id="sign-out">Sign out</button>
</div>
<p class="status" id="notice" role="status"></p>
<ul id="calls" aria-label="Calls"></ul>
<form id="dial" novalidate aria-label="New call">
<div class="field"><label for="number">Number or extension</label>
<p class="hint" id="number-hint">Enter calls, Escape hangs up. While you talk, keys are sent as tones.</p>
<input type="tel" id="number" name="number" autocomplete="off" spellcheck="false" aria-describedby="number-hint"></div>
<p class="buttons"><button type="submit" id="dial-button">Call</button></p>
</form>
<div id="keypad" role="group" aria-label="Keypad">
${keypad}
</div>
</section>`;

const events = `<section id="events" class="step" hidden aria-labelledby="events-title">
<h2 id="events-title">Events</h2>
<p class="hint">What the platform records of this line and its calls, as it happens: the same events that webhooks get.
Open one to see all of it.</p>
<p class="hint" id="no-events">None yet.</p>
<ol id="event-list" aria-labelledby="events-title"></ol>
</section>`;

/** The body of the page. */
export const phoneBody = (name: string): string => `<a class="skip" href="#phone">Skip to the phone</a>
${bar(name, '/documentation/phone')}
<main id="phone">
<h1>Browser phone</h1>
<p class="lead">Call extensions and numbers from this page, and watch what the platform records of it.
The password and the line are in the memory of this page only; the line ends with it.</p>
<noscript><p class="problem">The phone needs JavaScript.</p></noscript>
${signIn}
<div class="sides">
${telephone}
${events}
</div>
</main>`;
