// A browser without a screen: keeps cookies, follows redirects and fills in whatever form a page
// shows, until a redirect leaves the lab. It knows nothing of the lab's own fields.

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decode = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });

const attributes = (tag) => {
  const found = {};
  const pattern = /([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g;
  for (const [, name, double, single, bare] of tag.matchAll(pattern)) {
    found[name.toLowerCase()] = decode(double ?? single ?? bare ?? '');
  }
  return found;
};

/** The forms of a page: action, method, the fields that are sent anyway, and the buttons. */
export const forms = (html) =>
  [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, body]) => {
    const controls = [...body.matchAll(/<(input|button)\b([^>]*)>/gi)].map(([, kind, rest]) => {
      const found = attributes(rest);
      const type = found.type ?? (kind.toLowerCase() === 'button' ? 'submit' : 'text');
      return { ...found, type: type.toLowerCase() };
    });
    const named = controls.filter((control) => control.name !== undefined);
    const sent = named.filter(({ type, checked }) =>
      ['checkbox', 'radio'].includes(type) ? checked !== undefined : type !== 'submit');
    return {
      action: attributes(head).action,
      method: (attributes(head).method ?? 'get').toUpperCase(),
      names: named.map(({ name }) => name),
      fields: sent.map(({ name, value }) => [name, value ?? '']),
      buttons: named.filter(({ type }) => type === 'submit'),
    };
  });

export class Browser {
  /** Cookies by origin and name. */
  #cookies = new Map();

  constructor(origin) {
    this.origin = new URL(origin).origin;
  }

  async #send(url, init = {}) {
    const jar = this.#cookies.get(url.origin) ?? new Map();
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...init.headers, ...(cookie && { cookie }) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const gone = value === '' || rest.some((part) => /^max-age=(0|-\d+)$/i.test(part));
      gone ? jar.delete(name) : jar.set(name, value);
    }
    this.#cookies.set(url.origin, jar);
    return response;
  }

  /** Opens one URL with the cookies of this browser, and follows nothing. */
  get(url) {
    return this.#send(new URL(url));
  }

  /**
   * Opens a URL and acts as the user until the lab redirects to `until`, or posts a form there: gives
   * the URL, or the request.
   * `decide(form)` names the fields to fill in and the button to press.
   */
  async visit(start, { until, decide }) {
    let [url, init] = [new URL(start), {}];
    for (let step = 0; step < 12; step += 1) {
      const response = await this.#send(url, init);
      const location = response.headers.get('location');
      if (location) {
        const next = new URL(location, url);
        if (`${next.origin}${next.pathname}` === until) return next;
        if (next.origin !== this.origin) throw new Error(`redirected to ${next.origin}`);
        // A 307 or 308 would repeat the password at the next place; the lab must not send one.
        if (init.method === 'POST' && response.status !== 303) {
          throw new Error(`POST answered with ${response.status}`);
        }
        [url, init] = [next, {}];
        continue;
      }
      const html = await response.text();
      const [form] = forms(html);
      if (!form) throw new Error(`${response.status} without a form: ${html.slice(0, 400)}`);
      const action = new URL(form.action ?? '', url);
      // The answer, in a form: what a browser would post to the client (OAuth 2.0 Form Post Response Mode).
      if (form.method === 'POST' && action.href === until) {
        return new Request(action, { method: 'POST', body: new URLSearchParams(form.fields) });
      }
      if (action.origin !== this.origin) throw new Error(`form posts to ${action.origin}`);
      [url, init] = [action, this.#filled(form, decide(form))];
    }
    throw new Error('too many steps');
  }

  #filled(form, answers) {
    const body = new URLSearchParams(form.fields);
    for (const [name, value] of Object.entries(answers)) {
      if (!form.names.includes(name)) throw new Error(`the form has no ${name}`);
      body.set(name, value);
    }
    return { method: form.method, body, headers: { origin: this.origin } };
  }
}
