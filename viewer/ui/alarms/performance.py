"""The report on alarm performance (EEMUA 191): made in the background, read in a window of its own, saved as HTML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, QUrl
from PySide6.QtGui import QImage, QPainter, QTextDocument
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QTextBrowser, QVBoxLayout

from viewer.alarms.figures import Figures, figures
from viewer.alarms.report import report_html
from viewer.base.job import Job
from viewer.ui.alarms.line import AlarmLine, events_between
from viewer.ui.background import BackgroundTask
from viewer.ui.value_text import counted

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

SPANS_S = (
    (3_600.0, "Last hour"),
    (28_800.0, "Last 8 hours"),
    (86_400.0, "Last day"),
    (604_800.0, "Last week"),
    (2_592_000.0, "Last 30 days"),
)
_BEFORE_NS = 26 * 3_600 * 10**9
"""Earlier events are asked for too, so that what has stood for over a day is known as stale."""
_CHART_PX = QSize(820, 130)


class PerformanceReport(QDialog):
    """Asks for a span, shows the page, saves it. Main thread."""

    def __init__(self, window: MainWindow, line: AlarmLine) -> None:
        super().__init__(window)
        self._w, self._line = window, line
        self.html = ""
        self.task: BackgroundTask | None = None
        self.setWindowTitle("Alarm performance (EEMUA 191)")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(940, window.width() - 40), min(780, window.height() - 60))
        self.span, self.page, self._note, self.save = QComboBox(), QTextBrowser(), QLabel(), QPushButton("Save as HTML…")
        for span_s, text in SPANS_S:
            self.span.addItem(text, span_s)
        self.span.setCurrentIndex(1)
        self.span.currentIndexChanged.connect(self.make)
        self._note.setProperty("role", "faint")
        self.page.setStyleSheet("background: #ffffff; color: #1c2430;")
        self.page.setOpenLinks(False)
        self.save.setEnabled(False)
        self.save.clicked.connect(self._ask_where)
        bar = QHBoxLayout()
        for widget in (self.span, self._note):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.addLayout(bar)
        layout.addWidget(self.page, 1)
        self.make()

    def make(self) -> None:
        """Read the span's events and count, in the background."""
        if self.task is not None:
            self.task.cancel()
        line, t1_ns = self._line, self._w.services.clock.now_ns()
        t0_ns = t1_ns - round(1e9 * float(self.span.currentData()))

        def work(job: Job) -> Figures:
            job.progress(0.1, "reading the events")
            events = events_between(line, t0_ns - _BEFORE_NS, t1_ns)
            job.progress(0.7, "counting")
            return figures(sorted(events, key=lambda one: one.t_ns), t0_ns, t1_ns)

        task = self.task = BackgroundTask("Alarm performance", work, self)
        task.finished.connect(self._show)
        task.mistaken.connect(self._note.setText)
        self._note.setText("Reading…")
        self._w.progress.watch(task)
        task.start()

    def write(self, path: Path) -> None:
        """Save the page that is shown."""
        try:
            path.write_text(self.html, encoding="utf-8")
        except OSError as error:
            self._w.notifications.say(f"The report can't be written ({error.strerror}): {path}", "alarm")
        else:
            self._w.notifications.say(f"Saved the report: {path}", "good")

    def _show(self, found: Figures) -> None:
        self.html = report_html(found)
        self._note.setText(f"{counted(found.announced, 'alarm')} announced")
        self.save.setEnabled(True)
        self.page.setHtml(self._with_pictures(self.html))

    def _with_pictures(self, html: str) -> str:
        """Qt's pages draw no SVG within the text: each chart becomes a picture."""
        for number, drawn in enumerate(re.findall(r"<svg.*?</svg>", html, re.DOTALL)):
            name = f"chart{number}"
            self.page.document().addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), _picture(drawn))
            html = html.replace(drawn, f"<img src='{name}' width='{_CHART_PX.width()}' height='{_CHART_PX.height()}'>", 1)
        return html

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, "Save the report", "", "HTML (*.html)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("html")
        dialog.selectFile("alarm-performance.html")
        dialog.fileSelected.connect(lambda path: self.write(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _picture(svg: str) -> QImage:
    drawn = svg.replace("<svg ", "<svg xmlns='http://www.w3.org/2000/svg' ", 1)
    image = QImage(_CHART_PX * 2, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    renderer, painter = QSvgRenderer(QByteArray(drawn.encode())), QPainter(image)
    renderer.render(painter)
    painter.end()
    return image
