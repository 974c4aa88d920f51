// The log-in page, and the pages of the device flow and of the end of a session.

import { escape, fieldsOf, html, page } from './http.js';
import { USER, isUser } from './users.js';

const ABOUT = `<p>This provider runs on your machine alone, and has one user: <code>${USER.sub}</code>
with the password <code>${USER.password}</code>.</p>`;

const form = (uid, problem = '') => `${ABOUT}
${problem && `<p class="problem" role="alert">${escape(problem)}</p>`}
<form method="post" action="/sign-in/${encodeURIComponent(uid)}">
  <label for="login">Name</label>
  <input id="login" name="login" autocomplete="username" required autofocus>
  <label for="password">Password</label>
  <input id="password" name="password" type="password" autocomplete="current-password" required>
  <button>Sign in</button>
</form>
${cancelForm(uid)}`;

/** Nobody can tell programs on a device apart, so that the person is asked: RFC 8252, section 8.6. */
const consent = (uid) => `<p>A program on this device wants to act as <code>${USER.sub}</code>.</p>
<form method="post" action="/sign-in/${encodeURIComponent(uid)}"><button>Let it in</button></form>
${cancelForm(uid)}`;

const cancelForm = (uid) => `<form method="post" action="/sign-in/${encodeURIComponent(uid)}">
  <button class="plain" name="cancel" value="yes">Cancel</button>
</form>`;

/** Answers requests below `/sign-in/`; the rest of the path is the interaction's id. */
export async function signIn(provider, request, response) {
  const { uid, prompt } = await provider.interactionDetails(request, response);
  const consenting = prompt.name === 'consent';
  if (request.method !== 'POST') {
    if (consenting) html(response, 'Let this program in?', consent(uid));
    else html(response, 'Sign in', form(uid));
    return;
  }
  const { login, password, cancel } = await fieldsOf(request);
  if (cancel) {
    const result = { error: 'access_denied', error_description: 'the user cancelled' };
    await provider.interactionFinished(request, response, result);
  } else if (consenting) {
    const merge = { mergeWithLastSubmission: true };
    await provider.interactionFinished(request, response, { consent: {} }, merge);
  } else if (isUser(login, password)) {
    await provider.interactionFinished(request, response, { login: { accountId: USER.sub } });
  } else {
    html(response, 'Sign in', form(uid, 'That is not the name and the password.'));
  }
}

// The forms of the next three come from the library, with its protection against forgery.

const button = (label, attributes = '') =>
  `<button form="op.FORM" ${attributes}>${label}</button>`;

export const device = {
  async userCodeInputSource(ctx, form, _out, error) {
    const problem = error ? '<p class="problem" role="alert">That code is not known.</p>' : '';
    ctx.body = page(
      'Connect a device',
      `<p>Enter the code that the device shows.</p>${problem}${form}
      ${button('Continue').replace('op.FORM', 'op.deviceInputForm')}`,
    );
  },
  async userCodeConfirmSource(ctx, form, _client, _info, userCode) {
    ctx.body = page(
      'Is this your device?',
      `<p>It shows the code <code>${escape(userCode)}</code>.</p>${form}
      ${button('Yes, connect it').replace('op.FORM', 'op.deviceConfirmForm')}
      ${button('No', 'class="plain" name="abort" value="yes"').replace('op.FORM', 'op.deviceConfirmForm')}`,
    );
  },
  async successSource(ctx) {
    ctx.body = page('Connected', '<p>You can close this page.</p>');
  },
};

export const logout = {
  async logoutSource(ctx, form) {
    ctx.body = page(
      'Sign out here too?',
      `<p>You are signed in at this provider.</p>${form}
      ${button('Sign out', 'name="logout" value="yes"').replace('op.FORM', 'op.logoutForm')}
      ${button('Stay', 'class="plain"').replace('op.FORM', 'op.logoutForm')}`,
    );
  },
  async postLogoutSuccessSource(ctx) {
    ctx.body = page('Signed out', '<p>You can close this page.</p>');
  },
};

/** Errors that cannot be told to the app. */
export async function renderError(ctx, out) {
  ctx.type = 'html';
  ctx.body = page('That did not work', `<p><code>${escape(out.error)}</code> ${escape(out.error_description ?? '')}</p>`);
}
