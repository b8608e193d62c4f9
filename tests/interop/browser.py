"""A browser without a screen, as in browser.mjs: it fills in whatever form a page shows."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx


class Form:
    """The first form of a page: action, method, what is sent anyway, and every name."""

    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").upper()
        self.fields = {}
        self.names = []

    def add(self, tag, attributes):
        name = attributes.get("name")
        if name is None:
            return
        self.names.append(name)
        kind = (attributes.get("type") or ("submit" if tag == "button" else "text")).lower()
        chosen = "checked" in attributes if kind in ("checkbox", "radio") else kind != "submit"
        if chosen:
            self.fields[name] = attributes.get("value") or ""


class Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        if tag == "form":
            self.found.append(Form(dict(attrs)))
            self.inside = True
        elif self.inside and tag in ("input", "button"):
            self.found[-1].add(tag, dict(attrs))

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False


class Browser:
    """Keeps cookies, follows redirects within one origin, and never leaves it."""

    def __init__(self, origin, ca):
        self.origin = self.origin_of(origin)
        self.http = httpx.Client(verify=ca, follow_redirects=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    @staticmethod
    def origin_of(url):
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}"

    def visit(self, url, until, decide):
        """Acts as the user until the server redirects to `until`: that URL, with its answer."""
        method, data = "GET", None
        for _ in range(12):
            headers = {"Accept": "text/html"}
            if method == "POST":
                headers["Origin"] = self.origin
            response = self.http.request(method, url, data=data, headers=headers)
            location = response.headers.get("location")
            if location:
                # A 307 or 308 would repeat the password at the next place.
                assert method == "GET" or response.status_code == 303, response.status_code
                url, method, data = urljoin(url, location), "GET", None
                if url.split("?")[0] == until:
                    return url
                assert self.origin_of(url) == self.origin, f"redirected to {url}"
                continue
            forms = Forms()
            forms.feed(response.text)
            assert forms.found, f"{response.status_code} without a form: {response.text[:400]}"
            form = forms.found[0]
            answers = decide(form)
            missing = [name for name in answers if name not in form.names]
            assert not missing, f"the form has no {missing}"
            url, method, data = urljoin(url, form.action), form.method, {**form.fields, **answers}
            assert self.origin_of(url) == self.origin, f"the form posts to {url}"
        raise AssertionError("too many steps")
