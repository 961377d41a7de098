#!/usr/bin/env python3
"""Serves a folder's files on loopback, with ranges; prints its port, ends when its standard input ends.

    folder_server.py FOLDER BYTES

The first answer breaks off after BYTES; 0 lets it through.
"""
import http.server, os, socketserver, sys, threading

folder, broken_after = sys.argv[1], int(sys.argv[2])
breaks = [broken_after] if broken_after else []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.close_connection = True
        path = os.path.join(folder, os.path.basename(self.path))
        if not os.path.isfile(path):
            self.send_response(404)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        with open(path, "rb") as file:
            content = file.read()
        start = int(self.headers.get("Range", "bytes=0-")[6:].rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = breaks.pop() if breaks else len(content)
        self.wfile.write(content[start:end])


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
