#!/usr/bin/env python3
"""A server on loopback that behaves well or badly by path; prints its port, ends when its standard input ends.

/ok  with ranges        /norange  sends everything always      /cut  breaks off after 100,000 bytes of each answer
/dead  answers nothing  /wrong  other bytes of the same length /slow  small pieces          /stall  falls silent
/missing 404            /error 503                             /redirect -> /ok             /tofile -> file:///etc/passwd
/facts  the content's size, sha256 and md5                     /log  the requests so far, one a line
"""
import hashlib, http.server, socketserver, sys, threading, time

content = bytes((i * 7 + i // 251) % 256 for i in range(300_000))
log = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def text(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        kind = self.path.strip("/")
        if kind == "facts":
            return self.text(f"{len(content)} {hashlib.sha256(content).hexdigest()} {hashlib.md5(content).hexdigest()}")
        if kind == "log":
            return self.text("\n".join(log))
        asked = self.headers.get("Range", "")
        log.append(f"{kind} {asked}")
        self.close_connection = True
        if kind in ("missing", "error"):
            self.send_response(404 if kind == "missing" else 503)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if kind in ("redirect", "tofile"):
            self.send_response(302)
            self.send_header("Location", "/ok" if kind == "redirect" else "file:///etc/passwd")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if kind == "dead":
            return
        start = int(asked[6:].rstrip("-")) if asked and kind != "norange" else 0
        if start >= len(content):
            self.send_response(416)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        body = content[start:] if kind != "wrong" else bytes(len(content) - start)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if kind == "cut":
            body = body[:100_000]
        if kind in ("slow", "stall"):
            for place in range(0, len(body), 1000):
                self.wfile.write(body[place:place + 1000])
                self.wfile.flush()
                time.sleep(60 if kind == "stall" else 0.01)
        else:
            self.wfile.write(body)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    def handle_error(self, *arguments):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
